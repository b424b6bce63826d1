"""What a run may have paid twice, from its log alone.

A paid step's start is in the log before its request leaves, and its end once the answer is here. A start without an
end, in an attempt that died, is a call that may have been answered and paid for after its worker was gone; the next
start of the same step pays again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PossibleDoublePayment:
    """One paid step that was started again before it had ended. `seq` and `attempt` are of the later start."""

    step: str
    name: str
    seq: int
    attempt: int


def possible_double_payments(events: Iterable[dict[str, Any]]) -> list[PossibleDoublePayment]:
    """Return every start of a paid step that follows another one of the same step without its end between.

    At most the calls in flight at each crash. A run that leaves its worker to wait has none in flight.
    """
    begun: set[str] = set()
    found: list[PossibleDoublePayment] = []
    for event in events:
        match event["type"]:
            case "step.started" if event.get("paid"):
                key = event["step"]
                if key in begun:
                    found.append(PossibleDoublePayment(key, event["name"], event["seq"], event["attempt"]))
                begun.add(key)
            case "step.completed" | "step.failed":
                begun.discard(event["step"])
            case "run.waiting":
                begun.clear()
    return found
