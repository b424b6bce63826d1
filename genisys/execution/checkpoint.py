"""Going back: a place in a body to which it can return with feedback, as often as its checkpoint allows.

What stands before the checkpoint is replayed from the journal; what comes after runs again, under keys of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, NoReturn, TypeVar

from ..core import codec
from ..core.clock import now_ms
from ..core.codec import digest
from ..errors import Restored, RestoredTooOften
from ..journal import fields
from .containment import signal_or_raise
from .scope import Scope, current

R = TypeVar("R")

_outside: ContextVar[dict[str, dict[str, Any]] | None] = ContextVar("genisys_checkpoints", default=None)


class Checkpoint:
    """A place that was reached. `feedback` is what the last `restore` was given, `restores` how many there were."""

    def __init__(self, scope: Scope | None, key: str, memory: dict[str, Any], most: int) -> None:
        self._restored: list[Any] = memory.get("restored", [])
        self.feedback = self._restored[-1]["feedback"] if self._restored else None
        self.restores = len(self._restored)
        self._scope = scope
        self._key = key
        self._most = most
        self._emitted = scope.emitted if scope is not None else 0

    async def restore(self, feedback: Any = None) -> NoReturn:
        """Begin again at this checkpoint, with JSON `feedback`. Does not return.

        Raises RestoredTooOften where the checkpoint's `max_restores` are used up.
        """
        if self.restores >= self._most:
            raise RestoredTooOften(f"This checkpoint was gone back to {self._most} times already, which is its limit.")
        learn = None if self._scope is None else self._scope.execution.learn
        given = {"at": now_ms(), "feedback": codec.encode(feedback, Any, where="A checkpoint's feedback", learn=learn)}
        memory = {"restored": [*self._restored, given]}
        if self._scope is None:
            memories = _outside.get()
            if memories is None:
                raise RuntimeError("restore() was called outside the component that made the checkpoint")
            memories[self._key] = memory
        else:
            execution = self._scope.execution
            packed = execution.packed(memory, where="A checkpoint's feedback")
            field = fields.memory_of(self._key)
            execution.journal[field] = packed
            # One batch: after a crash the run has either not gone back, or goes back with this feedback.
            execution.writer.record(field, packed)
            self._scope.rewind(self._emitted)
            await execution.writer.commit()
        raise Restored(self._scope)


async def checkpoint(name: str = "checkpoint", *, max_restores: int = 10) -> Checkpoint:
    """Mark this place of the body, to which `restore(feedback)` returns."""
    scope = current.get()
    if scope is None:
        return Checkpoint(None, name, (_outside.get() or {}).get(name, {}), max_restores)
    key = scope.child_key(f"checkpoint {name}", "")
    memory = scope.execution.memory_of(key)
    if memory:
        # From here on steps have keys of this pass: what an earlier pass recorded behind the checkpoint is not found.
        scope.generation = digest([scope.generation, key, len(memory["restored"])])
    return Checkpoint(scope, key, memory, max_restores)


async def rerun(scope: Scope | None, body: Callable[[], Awaitable[R]]) -> R:
    """Run the body, again each time it is restored. In a run nothing but errors and signals comes out of it.

    Raises NotAwaited where the body called a component and never awaited the call.
    """
    token = _outside.set({}) if scope is None else None
    try:
        while True:
            try:
                result = await body()
                if scope is not None:
                    scope.check_awaited()
                return result
            except Exception:
                raise  # An ordinary error, for the policies around the body.
            except BaseException as error:
                signal = error if scope is None else signal_or_raise(error, scope.name)
                # A restore of another scope's checkpoint belongs to a body further out.
                if not isinstance(signal, Restored) or signal.scope is not scope:
                    raise signal from signal.__cause__
                if scope is not None:
                    scope.restart()
    finally:
        if token is not None:
            _outside.reset(token)
