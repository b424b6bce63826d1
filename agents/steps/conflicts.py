"""Contradictions among the sources of a post, settled before a word is written."""

from __future__ import annotations

from collections import Counter

from agents.claims import contradictions, without_contradicted
from agents.steps.handoff import Conflict, Plan
from genisys import status

_TOLD = 5
"""Reasons told as a status. All of them stand with the post's changes."""


def without_conflicts(plan: Plan) -> Plan:
    """Return the plan whose evidence does not contradict itself; what was settled is told and kept with it.

    A section keeps what it had where nothing else would be left to write from.
    """
    everything = {item.passage_id: item for section in plan.sections for item in section.evidence}
    found = contradictions(list(everything.values()))
    if not found:
        return plan
    sections = [
        section.model_copy(update={"evidence": without_contradicted(section.evidence, found) or section.evidence})
        for section in plan.sections
    ]
    conflicts = [
        Conflict(
            kept=one.kept,
            kept_from=one.kept_from,
            dropped=list(one.dropped),
            year=one.year,
            older_year=one.older_year,
        )
        for one in found
    ]
    for why, places in Counter(conflict.why for conflict in conflicts).most_common(_TOLD):
        status(f"Sources disagree{f' in {places} places' if places > 1 else ''}. {why}")
    fresh = [conflict for conflict in conflicts if conflict not in plan.conflicts]
    return plan.model_copy(update={"sections": sections, "conflicts": [*plan.conflicts, *fresh]})
