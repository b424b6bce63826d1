"""What a run or a step cost, and how that is said where a part of it is not known: the rule for all who show a cost.

A cost is null where the price of anything that was used is not known; 0 says that nothing had to be paid.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from genisys.host import RunMeta


class Costs(NamedTuple):
    """What a run cost, in millionths of a US dollar: all of it, None where that is not known, and what is known."""

    cost_microusd: int | None
    known_cost_microusd: int


def whole_cost(known: int, unpriced: bool | int) -> int | None:
    """Return the cost in millionths of a US dollar; None where `unpriced` says that a part of it is not known."""
    return None if unpriced else known


def costs_of(meta: RunMeta) -> Costs:
    """Return the costs of a run as its meta has them."""
    return Costs(whole_cost(meta.cost_microusd, meta.unpriced), meta.cost_microusd)


def costs_in(state: dict[str, Any]) -> Costs:
    """Return the costs of the run whose fold this is."""
    # Folds that were archived before there was such a field do not have it.
    return Costs(whole_cost(state["cost_microusd"], state.get("unpriced", False)), state["cost_microusd"])
