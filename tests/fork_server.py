"""Processes of the product that need not import everything anew: forks of a parent that has imported what they share.

Each start of Python with Django costs two seconds of a processor, and a test run starts hundreds. One parent of all
holds libraries only, nothing that reads a setting; from it comes, for each product that a test starts, one that has
read the product's settings. A fork has its own process, session, files and connections, runs the command's `__main__`,
and ends by signals and exit codes as any other. What it shares with its siblings is the seed of hashes. Linux only:
whoever calls asks `serves` first.

`multiprocessing`'s own fork server runs functions, not commands, and keeps them tied to its pipes.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import django
from django.urls import get_resolver

from genisys_site.launching import parent_watch

# What a command imports, in its order, as far as it needs no setting to be imported.
LIBRARIES = (
    "django.core.management",
    "django.core.handlers.asgi",
    "django.contrib.postgres.fields",
    "django.db.backends.sqlite3.base",
    "django.template.loader",
    "django.views.debug",
    "psycopg",
    "pydantic_settings",
    "structlog",
    "redis.asyncio",
    "docket",
    "jsonschema",
    "httpx",
    "httpx2",
    "openai",
    "bs4",
    "fido2.server",
    "markdown_it",
    "linkify_it",
    "nh3",
    "sqlparse",
    "channels.routing",
    "uvicorn.server",
    "uvicorn.protocols.http.h11_impl",
    "genisys",
    "genisys.host",
    "genisys.testing.provider",
)
ROOT = Path(__file__).resolve().parent.parent
_PROGRAMS = ("manage.py", "-m")


class Forked:
    """A process as `subprocess.Popen` shows one: its pid, its exit code, signals."""

    def __init__(self, pid: int, link: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._link = link

    def poll(self) -> int | None:
        return self._read(0)

    def wait(self, timeout: float | None = None) -> int:
        if self._read(timeout) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._link], [], [], timeout)[0]:
            self.returncode = int(self._link.recv(64) or b"-9")  # nothing: the parent of all was killed, and it with it
            self._link.close()
        return self.returncode


def serves(argv: list[str]) -> bool:
    """Return whether the command may be a fork: a program of the project's, run by this Python, on Linux."""
    return sys.platform == "linux" and len(argv) > 1 and argv[0] == sys.executable and argv[1] in _PROGRAMS


def start(argv: list[str], *, env: dict[str, str], cwd: Path, stdout: int, stderr: int) -> Forked:
    """Run the command, for which `serves` is true, in a session of its own that ends with this process."""
    return _parent_of_all().start(argv, env=env, cwd=cwd, stdout=stdout, stderr=stderr)


class Parent:
    """A process that others are forked from, and where it listens. It ends with this process; its forks end with it."""

    def __init__(self, running: subprocess.Popen[bytes] | Forked, address: str) -> None:
        self._running = running
        self._address = address
        while not Path(address).exists():
            if running.poll() is not None:
                raise RuntimeError(f"The parent of the forks ended with {running.poll()}")
            time.sleep(0.01)  # until it has imported everything: it has no other way to say so

    @classmethod
    def with_settings(cls, env: dict[str, str]) -> Parent:
        """Return one that has set up Django, too: for commands with exactly this environment, at the project's root."""
        address = _new_address()
        argv = [sys.executable, "-m", __name__, address, "django"]
        with open(os.devnull, "w") as nowhere, Path(f"{address}.log").open("w") as log:
            return cls(start(argv, env=env, cwd=ROOT, stdout=nowhere.fileno(), stderr=log.fileno()), address)

    def start(self, argv: list[str], *, env: dict[str, str], cwd: Path, stdout: int, stderr: int) -> Forked:
        link = socket.socket(socket.AF_UNIX)
        link.connect(self._address)
        told = json.dumps({"argv": argv, "env": env, "cwd": str(cwd)}).encode()
        socket.send_fds(link, [len(told).to_bytes(4, "big")], [stdout, stderr])
        link.sendall(told)
        return Forked(int.from_bytes(_exactly(link, 4), "big"), link)

    def kill(self) -> None:
        self._running.kill()
        self._running.wait()
        shutil.rmtree(Path(self._address).parent)


@functools.cache
def _parent_of_all() -> Parent:
    address = _new_address()
    tied = [sys.executable, "-I", "-S", parent_watch.__file__, str(os.getpid()), str(int(signal.SIGKILL))]
    argv = [*tied, sys.executable, "-m", __name__, address]
    parent = Parent(subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL), address)
    atexit.register(parent.kill)
    return parent


def _new_address() -> str:
    return str(Path(tempfile.mkdtemp(prefix="forks-")) / "socket")


def _exactly(link: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size and (more := link.recv(size - len(read))):
        read += more
    return read


@dataclass(frozen=True, slots=True)
class Command:
    """What a fork becomes."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    output: list[int]


def prepare(with_settings: bool) -> None:
    """Import what the forks share."""
    for library in LIBRARIES:
        importlib.import_module(library)
    if with_settings:
        gc.disable()
        django.setup()
        get_resolver().url_patterns  # noqa: B018 - read, it imports all views


def serve(address: str) -> Command:
    """Fork for each command, and tell how each fork ended, until killed. Return in the forks alone."""
    gc.collect()
    gc.freeze()  # so that no collection in a fork writes on, and so copies, what they share
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{address}.new")
    listener.listen()
    Path(f"{address}.new").rename(address)
    links: dict[int, socket.socket] = {}
    while True:
        ready = select.select([listener, *links], [], [])[0]
        for ended in [each for each in ready if isinstance(each, int)]:
            _tell_end(ended, links.pop(ended))
        if listener in ready:
            link = listener.accept()[0]
            command = _told(link)
            if (pid := os.fork()) == 0:
                return command
            for each in command.output:
                os.close(each)
            link.sendall(pid.to_bytes(4, "big"))
            links[os.pidfd_open(pid)] = link


def _told(link: socket.socket) -> Command:
    size, output, _, _ = socket.recv_fds(link, 4, 2)
    return Command(**json.loads(_exactly(link, int.from_bytes(size, "big"))), output=list(output))


def _tell_end(pidfd: int, link: socket.socket) -> None:
    ended = os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
    assert ended is not None
    os.close(pidfd)
    code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
    with contextlib.suppress(OSError):  # nobody asks any more
        link.sendall(str(code).encode())
    link.close()


def become(command: Command, parent: int) -> None:
    """In the fork: run the command as `__main__`. Whatever it raises, the interpreter's end included, is its own."""
    parent_watch.tie(parent, signal.SIGKILL)
    os.setsid()
    for number, each in ((0, os.open(os.devnull, os.O_RDONLY)), (1, command.output[0]), (2, command.output[1])):
        os.dup2(each, number)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(command.env)
    os.chdir(command.cwd)
    sys.stdout, sys.stderr = (_line_by_line(number) for number in (1, 2))
    sys.path[0] = command.cwd
    sys.path[1:1] = filter(None, command.env.get("PYTHONPATH", "").split(os.pathsep))
    sys.orig_argv, program = list(command.argv), command.argv[1:]
    if program[0] == "-m":
        sys.argv = program[1:]
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = program
        runpy.run_path(program[0], run_name="__main__")


def _line_by_line(number: int) -> TextIO:
    return open(number, "w", buffering=1, encoding="utf-8", closefd=False)


if __name__ == "__main__":
    served_by = os.getpid()
    prepare(with_settings="django" in sys.argv[2:])
    become(serve(sys.argv[1]), served_by)
