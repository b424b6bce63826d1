"""What would become of an unfinished run under other code, judged by its records before that code runs it.

A replay asks for steps by key: parent, component name and input. So a completed step keeps its recorded result even
where its component's code has changed; one in flight begins again with the new code; and a completed step whose name is
gone is not asked for any more, so that whatever took its place runs, and pays, again. Only what a replay would ask for
counts: the steps inside a completed step are never asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.json_schema import misfits
from ..journal.step_record import StepRecord
from ..log.fold import State
from ..store.records import RunMeta
from .manifest import Manifest

RESUMES = "resumes"
MUST_STAY = "must stay"
PAYS_AGAIN = "would pay again"


@dataclass(frozen=True, slots=True)
class Fate:
    """What would become of a run: `outcome` (resumes, must stay, would pay again) and why, in one sentence.

    `cost_microusd` and `tokens` are what was paid for the steps that would run again; the cost is None where a part of
    it is not known.
    """

    run_id: str
    title: str
    deployment: str
    outcome: str
    sentence: str
    cost_microusd: int | None = 0
    tokens: int = 0


def fate(
    meta: RunMeta, request: Any, steps: Sequence[StepRecord], state: State, new: Manifest, old: Manifest | None
) -> Fate:
    """Return the run's fate under `new`. `old` is the manifest of the code that it runs on now, where it is known."""

    under_way = [step for step in state["steps"].values() if step["status"] not in ("completed", "failed")]
    if obstacle := _obstacle(meta, request, under_way, new, old):
        return _fate(meta, MUST_STAY, obstacle)
    asked_for = _asked_for(steps)
    lost = [step for step in asked_for if step.name not in new.components]
    again = [step for top in lost for step in _with_all_inside(top, steps)]
    if any(_was_paid(step) for step in again):
        why = f"the new code does not have {_names(step.name for step in lost)}, {_paid(again)}"
        return _fate(meta, PAYS_AGAIN, why, again)
    return _fate(meta, RESUMES, "; ".join(_notes(meta, asked_for, lost, under_way, new, old)))


def _fate(meta: RunMeta, outcome: str, why: str, again: Sequence[StepRecord] = ()) -> Fate:
    return Fate(
        meta.run_id,
        meta.title,
        meta.deployment,
        outcome,
        f"{outcome[0].upper()}{outcome[1:]}{f': {why}' if why else ''}.",
        _cost(again)[0],
        sum(step.input_tokens + step.output_tokens for step in again),
    )


def _obstacle(
    meta: RunMeta, request: Any, under_way: Sequence[dict[str, Any]], new: Manifest, old: Manifest | None
) -> str:
    """Return why the run cannot go on under `new`; "" where it can."""
    if meta.workflow not in new.workflows:
        return f"the new code has no workflow “{meta.workflow}”"
    wrong = next(misfits(request, new.inputs[meta.workflow]), None)
    if wrong is not None:
        where = ".".join(str(part) for part in wrong.absolute_path)
        return f"its input no longer fits “{meta.workflow}”{f' at {where}' if where else ''}"
    # Only components of the old code: a step that a model client opened has a name that no manifest lists.
    known = old.components if old is not None else {}
    gone = _names(step["name"] for step in under_way if step["name"] in known and step["name"] not in new.components)
    return f"it is in the middle of {gone}, which the new code does not have" if gone else ""


def _asked_for(steps: Sequence[StepRecord]) -> list[StepRecord]:
    """Return the completed component steps that a replay asks for: those in no other completed step."""
    completed = {step.key for step in steps if step.status == "completed"}
    return [step for step in steps if step.key in completed and step.version and step.parent not in completed]


def _with_all_inside(top: StepRecord, steps: Sequence[StepRecord]) -> list[StepRecord]:
    found, keys = [top], {top.key}
    for step in sorted(steps, key=lambda step: step.started_ms):
        if step.parent in keys and step.key not in keys:
            found.append(step)
            keys.add(step.key)
    return found


def _was_paid(step: StepRecord) -> bool:
    return bool(step.paid or step.model or step.cost_microusd != 0 or step.input_tokens or step.output_tokens)


def _cost(steps: Iterable[StepRecord]) -> tuple[int | None, int]:
    """Return what the steps cost, None where a part of it is not known, and what is known of it."""
    costs = [step.cost_microusd for step in steps]
    known = sum(cost or 0 for cost in costs)
    return None if None in costs else known, known


def _paid(steps: Sequence[StepRecord]) -> str:
    cost, known = _cost(steps)
    if known:
        return f"for which {'at least ' if cost is None else ''}${known / 1_000_000:.4f} was paid"
    tokens = sum(step.input_tokens + step.output_tokens for step in steps)
    return f"for which {tokens} tokens were paid" if tokens else "which was paid for"


def _notes(
    meta: RunMeta,
    asked_for: Sequence[StepRecord],
    lost: Sequence[StepRecord],
    under_way: Sequence[dict[str, Any]],
    new: Manifest,
    old: Manifest | None,
) -> list[str]:
    notes = []
    if lost:
        notes.append(f"what {_names(step.name for step in lost)} did is done again, at no cost")
    older = [step for step in asked_for if step not in lost and step.version not in new.components[step.name]]
    if older:
        notes.append(f"what {_names(step.name for step in older)} gave under older code stands as recorded")
    changed = _names(
        step["name"]
        for step in under_way
        if old is not None and old.components.get(step["name"]) != new.components.get(step["name"])
    )
    if changed:
        notes.append(f"{changed} goes on with the new code")
    if old is not None and old.workflows.get(meta.workflow) != new.workflows[meta.workflow]:
        notes.append("the workflow's own code changed, and a step that it asks for in another way runs again")
    return notes


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in sorted(set(names)))
