"""`manage.py up`: every process of the product on one machine, in the order in which they need each other."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from asgiref.sync import sync_to_async
from django.db import connections

from genisys_site.accounts import sign_in
from genisys_site.configuration.environment import BASE_DIR, Environment
from genisys_site.configuration.masking import Mask
from genisys_site.configuration.refusal import CannotStart
from genisys_site.configuration.up_lock import UpLock
from genisys_site.launching import embedded_model, ports
from genisys_site.launching.console import Console
from genisys_site.launching.embedded_redis import EmbeddedRedis
from genisys_site.launching.supervisor import Child, Program, describe_exit

_LEAST_FREE_BYTES = 100_000_000
_POLL_SECONDS = 0.1
_READY_SECONDS = 120.0
_STOP_SECONDS = 9.5
"""What all may take to stop; a part that takes longer than its share is ended by force."""
_TOGETHER_SECONDS = 6.0
_REDIS_SECONDS = 2.0
_HAND_OVER_SECONDS = 1
"""How long a run may take to its next step when all is stopped. It goes on from there at the next start."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What `up` was asked for."""

    env: Environment
    host: str
    with_model: bool
    base_environ: Mapping[str, str] = field(repr=False)

    @property
    def address(self) -> str:
        shown = "localhost" if self.host in {"0.0.0.0", "::", ports.LOOPBACK} else self.host  # noqa: S104
        return f"http://{shown}:{self.env.PORT}/"

    @property
    def probe_url(self) -> str:
        host = ports.LOOPBACK if self.host == "0.0.0.0" else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.env.PORT}/readyz"


def up(plan: Plan) -> None:
    """Run until a signal. Raises CannotStart with a sentence."""
    home = plan.env.home
    _check_disk(home)
    with UpLock(home, plan.address):
        if not ports.is_free(plan.host, plan.env.PORT):
            raise CannotStart(
                f"Port {plan.env.PORT} is taken by another program. Stop it, or choose another port: PORT=8001 make run"
            )
        console = Console(home / "logs", mask=Mask(plan.env.secrets()))
        try:
            asyncio.run(Launch(plan, home, console).run())
        except OSError as exc:
            raise CannotStart(f"{exc.filename or home} cannot be used: {exc.strerror}.") from exc
        finally:
            console.close()


class Launch:
    """The processes of one `up`, started in order and stopped in order."""

    def __init__(self, plan: Plan, home: Path, console: Console) -> None:
        self._plan = plan
        self._home = home
        self._console = console
        self._environ = {
            **plan.base_environ,
            "DJANGO_SETTINGS_MODULE": "genisys_site.settings",
            "GENISYS_HOME": str(home),
            "PORT": str(plan.env.PORT),
            "PYTHONUNBUFFERED": "1",
        }
        self._children: dict[str, Child] = {}
        self._stop_asked = asyncio.Event()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal, number)
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self._stop_asked.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        finally:
            starting.cancel()
            stopping.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)
            await self._stop()

    def _on_signal(self, number: int) -> None:
        if self._stop_asked.is_set():
            self._console.say("Told twice: everything is ended at once.")
            for child in self._children.values():
                child.kill()
            return
        self._console.say(f"{signal.Signals(number).name}: stopping.")
        self._stop_asked.set()

    async def _start(self) -> None:
        model_ready: Awaitable[None] | None = None
        if self._plan.with_model and not self._plan.env.has_model:
            model_ready = asyncio.create_task(self._start_model())
        try:
            if not self._plan.env.REDIS_URL.get_secret_value():
                await self._start_redis()
            await self._migrate()
            if model_ready is not None:
                await model_ready
        finally:
            if isinstance(model_ready, asyncio.Task):
                model_ready.cancel()
        token = await sync_to_async(_sign_in_token)()
        await self._start_command("serve", "--host", self._plan.host)
        # Two processes: when one dies, the other takes its runs over without waiting for a new one to start.
        tied = ("--tied-to", str(os.getpid()))
        hand_over = ("--hand-over-seconds", str(_HAND_OVER_SECONDS))
        await self._start_command("worker", "--processes", "2", *hand_over, *tied)
        await self._start_command("control")
        await self._wait_until_ready()
        self._greet(token)

    async def _start_redis(self) -> None:
        server = EmbeddedRedis(self._home)
        argv, configuration = await asyncio.to_thread(server.prepare)
        self._environ["REDIS_URL"] = server.url
        # SIGTERM, so that Redis writes its file to the disk even when `up` was killed.
        child = self._child("redis", argv, stdin=configuration, orphan_signal=signal.SIGTERM)
        await self._start_and_wait(child, lambda: asyncio.to_thread(server.answers), "Redis")

    async def _start_model(self) -> None:
        port = ports.remembered(self._home / "model.port")
        child = self._child("model", embedded_model.command(port))
        self._environ.update(embedded_model.environment(port))
        url = f"{embedded_model.base_url(port)}/models"
        await self._start_and_wait(child, lambda: _status_is_200(url), "The local model")

    async def _migrate(self) -> None:
        child = self._child("migrate", self._command("migrate", "--noinput", "--verbosity", "1"))
        code = await child.run_once()
        del self._children["migrate"]
        if code != 0:
            raise CannotStart(
                f"The database could not be prepared: migrate {describe_exit(code)}. {_last_words(child)}"
            )

    async def _start_command(self, name: str, *arguments: str) -> None:
        await self._child(name, self._command(name, *arguments)).start()

    async def _start_and_wait(self, child: Child, is_ready: Callable[[], Awaitable[bool]], what: str) -> None:
        """Start a part that the others cannot do without. Raises CannotStart where its first process ends."""
        await child.start()
        first_pid = child.pid
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not await is_ready():
                    if child.has_ended or child.pid != first_pid:
                        raise CannotStart(f"{what} could not be started. {_last_words(child)}")
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise CannotStart(f"{what} did not answer within {_READY_SECONDS:.0f} s. {_last_words(child)}") from None

    async def _wait_until_ready(self) -> None:
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not await _status_is_200(self._plan.probe_url):
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise CannotStart(
                f"{self._plan.probe_url} did not answer 200 within {_READY_SECONDS:.0f} s. "
                f"The logs are in {self._home / 'logs'}."
            ) from None

    def _greet(self, token: str | None) -> None:
        self._console.say("")
        self._console.say(f"Genisys is ready: {self._plan.address}")
        if token is not None:
            self._console.say(f"Sign in, once, with {self._plan.address}enter/{token}")
        if "model" in self._children:
            self._console.say(
                f"No OPENAI_API_KEY is set, so {embedded_model.MODEL_NAME} on this machine does the writing. "
                "It is small; a real provider writes far better."
            )
        self._console.say(f"Logs: {self._home / 'logs'}. Stop with Ctrl-C.")
        self._console.say("")

    async def _stop(self) -> None:
        """Stop control after the workers, so that it records what they handed over, and Redis last: all write to it."""
        began = asyncio.get_running_loop().time()
        await asyncio.gather(
            *(self._stop_part(name, _TOGETHER_SECONDS) for name in ("migrate", "serve", "worker", "model"))
        )
        for name, kept_seconds in (("control", _REDIS_SECONDS), ("redis", 0.0)):
            left = began + _STOP_SECONDS - asyncio.get_running_loop().time()
            await self._stop_part(name, left - kept_seconds)
        self._console.say("Everything has stopped.")

    async def _stop_part(self, name: str, within_seconds: float) -> None:
        if child := self._children.get(name):
            await child.stop(within_seconds)
            del self._children[name]

    def _command(self, name: str, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, str(BASE_DIR / "manage.py"), name, *arguments)

    def _child(
        self,
        name: str,
        argv: tuple[str, ...],
        *,
        stdin: bytes = b"",
        orphan_signal: signal.Signals = signal.SIGKILL,
    ) -> Child:
        program = Program(
            name=name,
            argv=argv,
            env=dict(self._environ),
            cwd=BASE_DIR,
            stdin=stdin,
            orphan_signal=orphan_signal,
        )
        self._children[name] = Child(program, self._console)
        return self._children[name]


def _sign_in_token() -> str | None:
    try:
        user = sign_in.first_user()
        return sign_in.issue(user) if user is not None else None
    finally:
        connections.close_all()


async def _status_is_200(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


def _check_disk(home: Path) -> None:
    if not os.access(home, os.W_OK | os.X_OK):
        raise CannotStart(f"{home} cannot be written. Change its owner, or name another folder with GENISYS_HOME.")
    free = shutil.disk_usage(home).free
    if free < _LEAST_FREE_BYTES:
        raise CannotStart(
            f"The disk of {home} is full: {free // 1_000_000} MB are free, "
            f"{_LEAST_FREE_BYTES // 1_000_000} MB are needed to start. "
            "Free some space, or name a folder on another disk with GENISYS_HOME."
        )


def _last_words(child: Child) -> str:
    said = [line for line in child.last_lines if line.strip()]
    return f"Its last words: {said[-1].strip()}" if said else "It said nothing."
