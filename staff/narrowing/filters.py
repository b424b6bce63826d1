"""What the list of runs is narrowed by, as it stands in an address: read, checked, and written again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from urllib.parse import urlencode

from runs.models import RunStatus
from staff.narrowing import waits
from staff.narrowing.moments import length_of, moment_of

OPEN, UNFINISHED = "open", "unfinished"
STATUSES = (*RunStatus.values, OPEN, UNFINISHED)
WAITS = (*waits.REASONS, waits.WORKER)
LONGEST = 200
"""Characters of one value."""
MOST_USD = Decimal(1_000_000_000)
MICROUSD = 1_000_000


class Given(Protocol):
    """The part of Django's QueryDict that is read."""

    def getlist(self, key: str) -> list[str]: ...
    def get(self, key: str, default: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of runs is narrowed by; everything empty is all runs.

    Texts are as they were written; `since_at`, `until_at`, `ended_at`, `older_than` and `least_microusd` are what
    they mean.
    `wrong` says by name what could not be understood: then nothing may be listed or done, as it would be too much.
    """

    status: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    workflow: str = ""
    person: str = ""
    worker: str = ""
    deployment: str = ""
    since: str = ""
    until: str = ""
    ended: str = ""
    age: str = ""
    cost: str = ""
    error: str = ""
    cause: str = ""
    aside: str = ""
    stuck: str = ""
    q: str = ""
    since_at: datetime | None = field(default=None, compare=False)
    until_at: datetime | None = field(default=None, compare=False)
    ended_at: datetime | None = field(default=None, compare=False)
    older_than: timedelta | None = field(default=None, compare=False)
    least_microusd: int | None = field(default=None, compare=False)
    wrong: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __bool__(self) -> bool:
        """Say whether anything narrows the list."""
        return any(getattr(self, name) for name in NAMES)

    def items(self) -> list[tuple[str, str]]:
        """Return what is set, as the pairs of a query string."""
        return [(name, value) for name in NAMES for value in _values(getattr(self, name))]

    def query(self, **changes: Any) -> str:
        """Return the query string of these filters with those changes, without its "?"."""
        set_anew: dict[str, Any] = {name: _as_field(name, value) for name, value in changes.items()}
        changed = replace(self, **set_anew)
        return urlencode(changed.items())

    def fixed(self, now: datetime) -> Filters:
        """Return filters that let through what these do now, and later nothing that is started after `now`."""
        ends = [now, self.until_at, now - self.older_than if self.older_than is not None else None]
        until = min(at for at in ends if at is not None)
        since, ended = (at.isoformat() if at else "" for at in (self.since_at, self.ended_at))
        return replace(self, since=since, ended=ended, until=until.isoformat(), age="", until_at=until, older_than=None)


_MEANINGS = {"since_at", "until_at", "ended_at", "older_than", "least_microusd", "wrong"}
NAMES = tuple(each.name for each in fields(Filters) if each.name not in _MEANINGS)
_MANY = ("status", "waits")

_MOMENT = "Write a length of time such as 1h, 24h or 7d, or a date such as 2026-11-28."
_LENGTH = "Write a length of time such as 30m, 6h, 2d or 1w."
_COST = "Write an amount of US dollars, such as 0.50."


def read_filters(given: Given, now: datetime) -> Filters:
    """Return the filters that stand in an address. What cannot be understood is told in `wrong`, and not set."""
    texts = {name: str(given.get(name, "")).strip()[:LONGEST] for name in NAMES if name not in _MANY}
    wrong: dict[str, str] = {}
    for name in ("since", "until", "ended"):
        if texts[name] and moment_of(texts[name], now) is None:
            wrong[name] = _MOMENT
    if texts["age"] and length_of(texts["age"]) is None:
        wrong["age"] = _LENGTH
    if texts["cost"] and _microusd(texts["cost"]) is None:
        wrong["cost"] = _COST
    statuses = _known(given.getlist("status"), STATUSES, wrong, "status")
    waited = _known(given.getlist("waits"), WAITS, wrong, "waits")
    return Filters(
        status=statuses,
        waits=waited,
        **texts,
        since_at=moment_of(texts["since"], now),
        until_at=moment_of(texts["until"], now),
        ended_at=moment_of(texts["ended"], now),
        older_than=length_of(texts["age"]),
        least_microusd=_microusd(texts["cost"]) if texts["cost"] else None,
        wrong=wrong,
    )


def _known(given: Iterable[str], known: tuple[str, ...], wrong: dict[str, str], name: str) -> tuple[str, ...]:
    asked = {value for value in given if value}
    if strange := sorted(asked.difference(known)):
        wrong[name] = f"There is no “{strange[0][:40]}”: choose from {', '.join(known)}."
    return tuple(value for value in known if value in asked)


def _microusd(text: str) -> int | None:
    try:
        usd = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        return None
    return int(usd * MICROUSD) if usd.is_finite() and 0 <= usd <= MOST_USD else None


def _values(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ((value,) if value else ())


def _as_field(name: str, value: Any) -> str | tuple[str, ...]:
    if name in _MANY:
        return (value,) if isinstance(value, str) and value else tuple(value or ())
    return str(value)
