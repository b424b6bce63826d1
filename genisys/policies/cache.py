"""The cache policy: a component's results across runs, computed once however many ask for them at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from ..core import codec
from ..core.clock import now_ms
from ..core.definitions import check_function, limit
from ..core.durations import seconds
from ..errors import EncodingError, SecretError
from ..execution.scope import Scope
from ..limits.slots import patiently
from ..store.protocol import Entry
from .concurrency import slot
from .policy import Call, Proceed

Parts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Cache:
    """Reuse the result of the same call by any run that is not older than `ttl` (a timedelta, or seconds).

    The same call is one with the same component name, code (`version`, by default a digest of the body), input (or
    `key(*args)`) and `scope`, a name for what may share results, such as a customer's. Over the whole fleet one caller
    computes and the others wait for its result; where it fails or dies, the next one computes. Errors are not cached.
    The step's record says whether it was a hit, and of a miss what differed. Outside a run there is no cache.
    """

    rank: ClassVar[int] = 20

    ttl: float | timedelta
    scope: str = ""
    version: str | None = None
    key: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        limit(self.ttl, where="Cache: ttl")
        check_function(self.key, where="Cache: key", write="key=lambda page: page.url")

    async def run(self, call: Call, proceed: Proceed) -> Any:
        scope = call.step.scope
        if scope is None:
            return await proceed()
        return await _Asked(self, call, scope).result(proceed)

    def parts_of(self, call: Call, digest: Callable[[Any], str]) -> Parts:
        """Return the digests of the parts that name the call's entry."""
        if self.key is not None:
            given = {"key": digest(self.key(*call.args, **call.kwargs))}
        else:
            given = {f"argument {name}": digest(value) for name, value in call.data.items()}
        return {"scope": self.scope, "code": self.version or call.component.version, **given}


class _Asked:
    """One call that looks in the cache."""

    def __init__(self, policy: Cache, call: Call, scope: Scope) -> None:
        self._policy = policy
        self._call = call
        self._scope = scope
        self._execution = scope.execution
        self._store = scope.execution.store.cache
        self._name = call.component.name
        self._parts = policy.parts_of(call, scope.execution.shared_digest)
        self._entry = codec.digest([self._name, self._parts])
        self._hint = call.component.hints.get("return", Any)
        self._found: Entry | None = None
        self._value: Any = None
        self._unreadable = False

    async def result(self, proceed: Proceed) -> Any:
        if await self._look():
            return self._hit()
        # One slot for each entry: who holds it computes, and the others look again at each of their turns.
        async with slot(
            self._scope, ["cache", self._name, self._entry], 1, reason="cache", given_up=self._look
        ) as leads:
            return await self._compute(proceed) if leads else self._hit()

    async def _look(self) -> bool:
        self._found = await patiently(functools.partial(self._store.get, self._entry))
        if self._found is None:
            return False
        where = f"Component {self._name!r}, cached result"
        try:
            data = self._execution.opened(self._found.packed)
            self._value = codec.decode(data, self._hint, where=where, learn=self._execution.learn)
        except (EncodingError, SecretError):
            # Its type has changed since, or the key that it was sealed with is gone.
            self._unreadable = True
            return False
        return True

    def _hit(self) -> Any:
        assert self._found is not None
        self._call.step.add_facts(cache={"hit": True, "why": "", "run": self._found.run_id})
        return self._value

    async def _compute(self, proceed: Proceed) -> Any:
        # The caller before us may have finished between our look and our turn.
        if await self._look():
            return self._hit()
        seen = await patiently(functools.partial(self._store.seen, self._name))
        run_id = self._execution.lease.run_id
        why = "its type changed, or its key is gone" if self._unreadable else why_missed(self._parts, seen)
        self._call.step.add_facts(cache={"hit": False, "why": why, "run": run_id})
        result = await proceed()
        where = f"Component {self._name!r}, result"
        data = codec.encode(result, self._hint, where=where, learn=self._execution.learn)
        packed = self._execution.packed(data, where=where)
        ttl_ms = max(1, round(seconds(self._policy.ttl) * 1000))
        await patiently(functools.partial(self._store.put, self._entry, Entry(packed, run_id), ttl_ms))
        await patiently(functools.partial(self._store.note, self._name, self._parts, now_ms()))
        return result


def why_missed(parts: Parts, seen: Iterable[Parts]) -> str:
    """Return which part of the name differs from the most similar entry that was there before."""
    nearest = min((_differing(parts, before) for before in seen), key=len, default=None)
    if nearest is None:
        return "no entry yet"
    return " and ".join(_WORDS.get(part) or f"{_quoted(part)} differed" for part in nearest) or "expired"


_WORDS = {"code": "code changed", "scope": "other scope"}


def _quoted(part: str) -> str:
    kind, _, name = part.partition(" ")
    return f"{kind} `{name}`" if name else f"the {kind}"


def _differing(parts: Parts, before: Parts) -> list[str]:
    return [part for part in {**parts, **before} if parts.get(part) != before.get(part)]
