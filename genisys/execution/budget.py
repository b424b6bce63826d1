"""A run's budget: tokens, money and age, which it may not exceed without consent.

It is checked before each paid step, and calls under way are finished and counted: a run may exceed its budget by the
calls that it has in flight. Tokens that a provider did not report count as estimated; a cost that nobody knows counts
as nothing. A run whose budget is used up waits, and goes on once `Engine.limit` has raised it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.clock import now_ms
from .scope import Scope, wait


@dataclass(frozen=True, slots=True)
class Passed:
    """A limit that is used up: `limit` is its name, in the units of that name."""

    limit: str
    used: int
    allowed: int


def passed(budget: dict[str, int], used: dict[str, int]) -> Passed | None:
    """Return the first limit that is used up, or None. A limit of 0 is none."""
    for limit, allowed in budget.items():
        if allowed and used.get(limit, 0) >= allowed:
            return Passed(limit, used.get(limit, 0), allowed)
    return None


async def within_budget(scope: Scope) -> None:
    """Return when the run may pay for one more step; wait for consent where its budget is used up."""
    while (found := _passed_by(scope)) is not None:
        await wait(
            scope,
            reason="budget",
            ready=lambda: _passed_by(scope) is None,
            limit=found.limit,
            used=found.used,
            allowed=found.allowed,
        )


def _passed_by(scope: Scope) -> Passed | None:
    """Return the limit that the run has used up, of what it had used when this attempt began and has used since."""
    execution = scope.execution
    if not execution.meta.budget:
        return None
    # The lease's numbers are those of the attempt's start, and the writer counts before it sends: nothing counts twice.
    before, since = execution.lease.meta, execution.writer.counted
    tokens = before.input_tokens + before.output_tokens + before.guessed_tokens
    tokens += since["input_tokens"] + since["output_tokens"] + since["guessed_tokens"]
    used = {
        "tokens": tokens,
        "cost_microusd": before.cost_microusd + since["cost_microusd"],
        "ms": now_ms() - before.created_ms,
    }
    return passed(execution.meta.budget, used)
