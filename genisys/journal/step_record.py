"""The record of a finished step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One finished step as the journal holds it, for traces. `status` is completed or failed.

    `provider` is the configured provider that answered, "" where there is none. `cost_microusd` is None where tokens
    were used whose price is not known. Where the provider did not say how many they were, `unmetered` is True, the
    tokens are 0, and `guessed_tokens` is what the budget counted for them. `version` is that of its component's code,
    "" where the step is no component's; `paid` is True where it was declared so. `call` names the model call whose
    request `input` is, "" where the step is something else.

    `cache` is None where the component has no cache, else `hit`, `why` there was none, and the `run` that made the
    result. `traceback` is that of a fault, for staff only; "" where the error was foreseen. `turn` counts the steps
    that an attempt began: it orders steps that began in the same millisecond.
    """

    key: str
    name: str
    title: str
    parent: str | None
    status: str
    input: Any
    output: Any
    error: dict[str, Any] | None
    started_ms: int
    ended_ms: int
    tries: int
    model: str
    input_tokens: int
    output_tokens: int
    cost_microusd: int | None
    provider: str = ""
    version: str = ""
    paid: bool = False
    cache: dict[str, Any] | None = None
    turn: int = 0
    traceback: str = ""
    unmetered: bool = False
    guessed_tokens: int = 0
    call: str = ""

    @classmethod
    def from_journal(cls, key: str, record: dict[str, Any]) -> StepRecord:
        return cls(
            key=key,
            name=record["name"],
            title=record["title"],
            parent=record["parent"],
            status=record["status"],
            input=record["input"],
            output=record.get("output"),
            error=record.get("error"),
            started_ms=record["started"],
            ended_ms=record["ended"],
            tries=record["tries"],
            model=record.get("model", ""),
            input_tokens=record.get("input_tokens", 0),
            output_tokens=record.get("output_tokens", 0),
            cost_microusd=None if record.get("unpriced") else record.get("cost_microusd", 0),
            provider=record.get("provider", ""),
            version=record.get("version", ""),
            paid=record.get("paid", False),
            cache=record.get("cache"),
            turn=record.get("turn", 0),
            traceback=record.get("traceback", ""),
            unmetered=record.get("unmetered", False),
            guessed_tokens=record.get("guessed_tokens", 0),
            call=record.get("call", ""),
        )
