"""A web process of the product with a database of its own, and people who may use it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from genisys_site.launching import ports

from .processes import REPOSITORY, BenchmarkFailed, Child
from .stage import until

START_S = 180.0


class Site:
    """One web process with its own database, as `manage.py serve` or under uvicorn."""

    def __init__(self, folder: Path, redis: str, server: str) -> None:
        self._folder = folder
        self._server = server
        self._started = 0
        self.port = ports.reserve()
        self.redis_port = int(redis.rpartition(":")[2].partition("/")[0])
        home = folder / "home"
        home.mkdir(exist_ok=True)
        self.env = {
            "GENISYS_HOME": str(home),
            "DATABASE_URL": f"sqlite:///{home / 'db.sqlite3'}",
            "REDIS_URL": redis,
            "PORT": str(self.port),
            "OPENAI_API_KEY": "bench",
            "GENISYS_VIEWERS_PER_PROCESS": "20000",
            "GENISYS_VIEWERS_PER_PERSON": "20000",
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "genisys_site.settings",
        }
        self.process: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def prepare(self, template: Path) -> None:
        """Give it a database: the first one is made, the others are copies of it."""
        database = Path(self.env["GENISYS_HOME"]) / "db.sqlite3"
        if template.exists():
            shutil.copy(template, database)
        else:
            self.migrate()
            shutil.copy(database, template)

    def migrate(self) -> None:
        """Make the tables of the database that `env` names."""
        self._manage([sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"])

    def people(self, runs: Sequence[str], *, staff: bool = False) -> dict[str, str]:
        """Give each run a row and an owner; return the owners' cookies."""
        order = json.dumps({"runs": list(runs), "staff": staff})
        made = self._manage([sys.executable, "-m", "benchmarks.harness.site_people"], order)
        cookies: dict[str, str] = json.loads(made.splitlines()[-1])
        return cookies

    def token(self) -> str:
        """Return an API token of a user of its own."""
        return self._manage([sys.executable, "-m", "benchmarks.harness.site_token"]).strip()

    def _manage(self, argv: Sequence[str], said: str = "") -> str:
        done = subprocess.run(  # noqa: S603 - our own commands
            argv,
            env={**os.environ, **self.env},
            cwd=REPOSITORY,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchmarkFailed(f"{argv[-1]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done.stdout

    async def start(self) -> None:
        self._started += 1
        argv = [sys.executable, "manage.py", "serve"]
        if self._server == "uvicorn":
            argv = [sys.executable, "-m", "uvicorn", "genisys_site.asgi:application", "--port", str(self.port)]
            argv += ["--log-level", "warning"]
        self.process = Child(f"web-{self._started}", argv, self._folder, env=self.env)
        await until(self._answers, "the web process does not answer", START_S, every=0.05)

    async def _answers(self) -> bool:
        assert self.process is not None
        self.process.must_live()
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def warm(self) -> None:
        """Have it import and compile what its first requests would."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for path in ("/healthz", "/accounts/login/"):
                await client.get(self.url + path)

    async def stop(self) -> None:
        if self.process is not None:
            await asyncio.to_thread(self.process.stop, 20.0)

    def memory_kb(self) -> int:
        """Resident memory of the web process, in KiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def redis_connections(self) -> int:
        """Count this process's open connections to Redis, as the kernel knows them."""
        mine = set()
        for fd in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                mine.add(os.readlink(fd))
        count = 0
        for line in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]:
            parts = line.split()
            to, state, inode = int(parts[2].rpartition(":")[2], 16), parts[3], parts[9]
            count += to == self.redis_port and state == "01" and f"socket:[{inode}]" in mine
        return count
