"""Where a piece of user code stands in its run: the scope of the step that runs it, found through a context variable.

A scope gives its children their keys and counts what its body has emitted, so that a body that runs again after a
crash does not say twice what the log already holds.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from ._codec import digest

if TYPE_CHECKING:
    from ._execution import Execution

ROOT = ""


class Scope:
    """One execution of a step's body, or of the workflow's (key "")."""

    __slots__ = ("_emitted", "_ordinals", "_said", "execution", "key", "models", "name", "usage")

    def __init__(self, execution: Execution, key: str, name: str, said: int) -> None:
        self.execution = execution
        self.key = key
        self.name = name
        self._ordinals: dict[str, int] = {}
        self._emitted = 0
        self._said = said
        self.models: list[str] = []
        self.usage: dict[str, int] = {}

    def restart(self) -> None:
        """Begin the body again (another try): keys and emissions count from the start."""
        self._ordinals.clear()
        self._emitted = 0

    def child_key(self, name: str, input_digest: str) -> str:
        """Name a child step: parent, component, input, and an ordinal among equal siblings. 128 bits."""
        stem = digest([self.key, name, input_digest])
        ordinal = self._ordinals.get(stem, 0)
        self._ordinals[stem] = ordinal + 1
        return stem if ordinal == 0 else digest([stem, ordinal])

    def use(self, model: str, input_tokens: int, output_tokens: int, cost_microusd: int | None) -> None:
        """Add tokens and cost to the step; they are written when it ends."""
        if model:
            self.models.append(model)
        amounts = {"input_tokens": input_tokens, "output_tokens": output_tokens, "cost_microusd": cost_microusd or 0}
        for name, amount in amounts.items():
            if amount:
                self.usage[name] = self.usage.get(name, 0) + amount

    def say(self, type_: str, **fields: Any) -> None:
        """Emit an event of the body, unless the log has it from an execution before this one."""
        self._emitted += 1
        if self._emitted <= self._said:
            return
        self._said = self._emitted
        writer = self.execution.writer
        if self.key:
            fields["step"] = self.key
        writer.emit(type_, **fields)
        writer.record("~" + self.key, to_json(self._said))


current: ContextVar[Scope | None] = ContextVar("genisys_scope", default=None)
