"""What is looked at by the minute: memory, file handles, Redis, the database, delays; and whether it grows."""

from __future__ import annotations

import contextlib
import itertools
import math
import sqlite3
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from ..capacity.curves import Curve
from ..harness.figures import percentile
from .product import Product
from .traffic import Account

FLAT = 0.1
"""An exponent up to which a curve counts as flat: a curve that doubles over an hour has one beyond it."""
SETTLED = 1 / 6
"""Of a soak, this first part is not judged: 10 of 60 minutes."""
MEANS = {
    "web_mb": ("memory of the web process", "MB"),
    "control_mb": ("memory of control", "MB"),
    "worker_mb": ("memory of the workers, all their processes", "MB"),
    "web_handles": ("file handles of the web process", ""),
    "control_handles": ("file handles of control", ""),
    "worker_handles": ("file handles of the workers", ""),
    "redis_mb": ("memory that Redis uses", "MB"),
    "redis_keys": ("keys in Redis", ""),
    "redis_connections": ("connections to Redis", ""),
    "database_kb_a_run": ("the database, for each ended run", "KB"),
    "start_p95_ms": ("a start over the API, p95 of the minute", "ms"),
    "lag_p95_ms": ("event to viewer, p95 of the minute", "ms"),
}


class Watching:
    """The curves; time is in seconds since the load began."""

    def __init__(self, product: Product, client: redis.Redis) -> None:
        self._product = product
        self._redis = client
        self._empty = _database_bytes(product.database)
        self.curves = {name: Curve(name, "seconds", unit, means) for name, (means, unit) in MEANS.items()}

    def look(self, seconds: int, account: Account) -> dict[str, float]:
        """Look once; the times that the account has gathered are taken out of it."""
        found: dict[str, float] = {}
        for part, pids in self._product.parts().items():
            found[f"{part}_mb"] = sum(_resident_kb(pid) for pid in pids) / 1024
            found[f"{part}_handles"] = sum(_handles(pid) for pid in pids)
        info: Any = self._redis.info()
        found["redis_mb"] = info["used_memory"] / 2**20
        found["redis_keys"] = float(str(self._redis.dbsize()))
        found["redis_connections"] = info["connected_clients"]
        if ended := account.ended.total():
            found["database_kb_a_run"] = (_database_bytes(self._product.database) - self._empty) / 1024 / ended
        for name, times in (("start_p95_ms", account.start_s), ("lag_p95_ms", account.lag_s)):
            if times:
                found[name] = 1000 * percentile(times, 95)
            times.clear()
        for name, curve in self.curves.items():
            if name in found:
                curve.points[max(1, seconds)] = found[name]
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    curve: Curve
    exponent: float | None

    @property
    def flat(self) -> bool:
        return self.exponent is None or self.exponent <= FLAT

    def __str__(self) -> str:
        points = list(self.curve.points.values())
        told = "not measured" if not points else f"{points[0]:,.1f} at first, {points[-1]:,.1f} at last"
        slope = "" if self.exponent is None else f"{self.exponent:+.2f}"
        return f"{self.curve.means + (', ' + self.curve.unit) * bool(self.curve.unit):<52} {slope:>6}  " + (
            f"{'flat' if self.flat else 'GROWS':<6} {told}"
        )


def judge(curve: Curve, seconds: float) -> Verdict:
    """Judge a curve behind the first part of so many seconds.

    Its exponent is the median of those between all pairs of points (the Theil-Sen estimator): a minute in which a
    server was away does not bend it, as it would a fit of least squares.
    """
    late = [(math.log(at), math.log(value)) for at, value in curve.points.items() if at >= seconds * SETTLED and value]
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in itertools.combinations(late, 2)]
    return Verdict(curve, statistics.median(slopes) if slopes else None)


def _resident_kb(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):  # it ended meanwhile
        return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0])
    return 0


def _handles(pid: int) -> int:
    with contextlib.suppress(OSError):  # it ended meanwhile
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return 0


def _database_bytes(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as connection:
        values = [connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "freelist_count")]
        [size] = connection.execute("pragma page_size").fetchone()
    return int((values[0] - values[1]) * size)
