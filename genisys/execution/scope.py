"""Where a piece of user code stands in its run: the scope of the step that runs it, found through a context variable.

A scope gives its children their keys and counts what its body has emitted, so that a body that runs again after a
crash does not emit twice what the log already holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from inspect import CORO_CREATED, getcoroutinestate
from types import CoroutineType
from typing import Any

from pydantic_core import to_json

from ..core import clock
from ..core.clock import now_ms
from ..core.codec import digest, digest_of_texts
from ..errors import NotAwaited
from ..journal.fields import emitted_by
from . import pulse
from .run_context import RunContext

ROOT = ""
NOTED_MS = 50
"""A shorter wait is not worth telling."""
MOST_NOTED = 20
AMOUNTS = ("input_tokens", "output_tokens", "guessed_tokens", "cost_microusd")


class Scope:
    """One execution of a step's body, or of the workflow's (key ""). `calls` are those it has made and not awaited."""

    __slots__ = (
        "_busy",
        "_emitted",
        "_ordinals",
        "_said",
        "calls",
        "execution",
        "generation",
        "key",
        "models",
        "name",
        "parent",
        "provider",
        "unmetered",
        "unpriced",
        "usage",
        "used_inside",
        "waited",
        "whose",
    )

    def __init__(self, execution: RunContext, key: str, name: str, said: int, parent: Scope | None = None) -> None:
        self.execution = execution
        self.key = key
        self.name = name
        self.parent = parent
        self.generation = ""
        self._busy = 0
        self._ordinals: dict[str, int] = {}
        self.calls: dict[object, CoroutineType[Any, Any, Any]] = {}
        self._emitted = 0
        self._said = said
        self.models: list[str] = []
        self.provider = ""
        self.unpriced = False
        self.unmetered = False
        self.usage: dict[str, int] = {}
        self.used_inside: dict[str, int] = {}
        self.waited: list[list[Any]] = []
        self.whose = b""  # its bytes on the board of `turns`, packed once

    def restart(self) -> None:
        """Begin the body again (another try): keys and emissions count from the start."""
        self._ordinals.clear()
        self.calls.clear()
        self._emitted = 0
        self.generation = ""
        self.used_inside.clear()

    def child_key(self, name: str, input_digest: str) -> str:
        """Return a child step's key: of parent, component, input, and an ordinal among equal siblings. 128 bits."""
        named = (self.key, name, input_digest)
        stem = digest_of_texts(*named, "restored", self.generation) if self.generation else digest_of_texts(*named)
        ordinal = self._ordinals.get(stem, 0)
        self._ordinals[stem] = ordinal + 1
        return stem if ordinal == 0 else digest([stem, ordinal])

    def child_keys(self) -> Iterator[str]:
        """Yield the keys of the children that the body has asked for since it last began."""
        for stem, count in self._ordinals.items():
            yield stem
            yield from (digest([stem, ordinal]) for ordinal in range(1, count))

    def check_awaited(self) -> None:
        """Raise NotAwaited where the body has ended without awaiting a call that it made. Such calls are closed."""
        if not self.calls:
            return
        lost = [call for call in self.calls.values() if getcoroutinestate(call) == CORO_CREATED]
        self.calls.clear()
        for call in lost:
            call.close()  # Or Python warns of it as well.
        if lost:
            raise NotAwaited(
                f"Component {lost[0].__qualname__!r} was called and never awaited, so it did nothing. Write `await` "
                "before the call, or for several at once `await gather(...)`."
            )

    # A scope works while it neither has open children nor waits.

    def open(self) -> None:
        """Begin to work, beside the parent's other children."""
        pulse.mark()
        self.execution.waits.work(1)
        if self.parent is not None:
            self.parent.rest()

    def close(self) -> None:
        """End: the parent works again when this was its last open child."""
        pulse.mark()
        if self.parent is not None:
            self.parent.work()
        self.execution.waits.work(-1)

    def rest(self) -> None:
        """Stop working for now: something else, a child or a wait, has to come first."""
        self._busy += 1
        if self._busy == 1:
            self.execution.waits.work(-1)

    def work(self) -> None:
        """Take back one `rest`."""
        self._busy -= 1
        if self._busy == 0:
            self.execution.waits.work(1)

    # What the body emits and uses

    def rewind(self, emitted: int) -> None:
        """Let the body emit again whatever comes after its first `emitted` emissions: it goes back to that place."""
        self._said = emitted
        self.execution.writer.record(emitted_by(self.key), to_json(emitted))

    @property
    def emitted(self) -> int:
        """How many emissions the body has made so far."""
        return self._emitted

    def use(
        self,
        model: str,
        input_tokens: int,
        output_tokens: int,
        cost_microusd: int | None,
        provider: str = "",
        guessed_tokens: int | None = None,
    ) -> None:
        """Add tokens and cost to the step; they are written when it ends.

        `guessed_tokens` are given where the tokens are not known; then the cost is not known either.
        """
        if model:
            self.models.append(model)
        self.provider = provider or self.provider
        self.unmetered = self.unmetered or guessed_tokens is not None
        self.unpriced = self.unpriced or self.unmetered or (cost_microusd is None and input_tokens + output_tokens > 0)
        amounts = {
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "cost_microusd": cost_microusd or 0,
            "guessed_tokens": guessed_tokens or 0,
        }
        for name, amount in amounts.items():
            if amount:
                self.usage[name] = self.usage.get(name, 0) + amount

    def usage_facts(self) -> dict[str, Any]:
        """Return what the step has used, as its record and its last event carry it."""
        usage: dict[str, Any] = dict(self.usage)
        if self.models:
            usage["model"] = self.models[-1]
        if self.provider:
            usage["provider"] = self.provider
        if self.unpriced:
            usage["unpriced"] = True
        if self.unmetered:
            usage["unmetered"] = True
        return usage

    def count_child(self, own: Mapping[str, Any], inside: Mapping[str, int]) -> None:
        """Add what a child step has used, its `own` and what the steps `inside` it have: now, or as recorded."""
        if not own and not inside:
            return
        for name in AMOUNTS:
            if amount := own.get(name, 0) + inside.get(name, 0):
                self.used_inside[name] = self.used_inside.get(name, 0) + amount

    def note_wait(self, reason: str, begun_ms: int) -> None:
        """Note a wait that has just ended, for the step's last event; the wait for a next try is told by its own.

        Waits for the same that follow each other at once, as one that asks again and again, are one.
        """
        if reason == "retry":
            return
        last = self.waited[-1] if self.waited else None
        if last is not None and last[0] == reason and begun_ms - last[2] < NOTED_MS:
            last[2] = now_ms()
        elif len(self.waited) < MOST_NOTED:
            self.waited.append([reason, begun_ms, now_ms()])

    def wait_facts(self) -> dict[str, Any]:
        """Return what the step waited for while its worker held it, as its last event carries it."""
        noted = [wait for wait in self.waited if wait[2] - wait[1] >= NOTED_MS]
        return {"waits": noted} if noted else {}

    def say(self, type_: str, **fields: Any) -> bool:
        """Emit an event of the body, unless the log has it from an earlier execution. Return whether it was emitted."""
        pulse.mark()
        self._emitted += 1
        if self._emitted <= self._said:
            return False
        self._said = self._emitted
        writer = self.execution.writer
        if self.key:
            fields["step"] = self.key
        writer.emit(type_, **fields)
        # In the same batch: an event is in the log exactly where it is counted.
        writer.record(emitted_by(self.key), to_json(self._said))
        return True


current: ContextVar[Scope | None] = ContextVar("genisys_scope", default=None)


async def wait(
    scope: Scope | None,
    *,
    reason: str,
    until_ms: int | None = None,
    ready: Callable[[], bool] = lambda: False,
    **detail: Any,
) -> None:
    """Wait until `ready()`, which is asked at every signal, is true, or the time (epoch ms) has come.

    Outside a run it simply sleeps. Raises RuntimeError there where the wait has no time at which it ends.
    """
    if scope is not None:
        begun_ms = now_ms()
        with pulse.rest():
            await scope.execution.waits.wait(scope, reason, until_ms, ready, detail)
        scope.note_wait(reason, begun_ms)
    elif until_ms is not None:
        await clock.sleep(max(0, until_ms - now_ms()) / 1000)
    else:
        raise RuntimeError(f"waiting for {reason} has no end outside a run")
