"""What a fork takes over: the part of a run's journal and log that does not depend on the step it forks at.

A step that began after the chosen one had ended may depend on it and is left behind, with the chosen step itself, the
steps around it and those inside it. Everything else, even what ran beside it, is paid for and is kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from ..core.codec import pack, unpack
from . import fields

SAID = frozenset({"status", "progress", "event", "object.patch"})


@dataclass(frozen=True, slots=True)
class Taken:
    """The journal and the events with which the new run begins."""

    journal: dict[str, bytes]
    events: list[dict[str, Any]]


def taken(
    journal: dict[str, bytes], events: list[dict[str, Any]], step: str | None, *, other_input: bool = False
) -> Taken:
    """Return what a fork at that step takes over; all finished steps where it forks at none.

    `events` is the source's log with its `seq`s. With `other_input` the workflow gets another input, so its own body
    may say other things: what it said is left behind. Raises KeyError where the journal has no such step.
    """
    records = {name: unpack(raw) for name, raw in journal.items() if fields.is_step(name)}
    kept = {name for name, record in records.items() if record["status"] == "completed"}
    began: int | None = None
    began_ms: int | None = None
    if step is not None:
        began_ms = records[step]["started"]
        starts, ends = _places(events, "step.started"), _places(events, "step.completed", "step.failed")
        # What the bodies emitted before the first try is kept; dependent is only what began after the last end.
        began = starts[step][0]
        kept -= {name for name in records if starts[name][-1] > ends[step][-1]}
        kept -= {step, *_around(records, step), *_inside(records, step)}
    field_values = _fields_taken(journal, kept, began_ms)
    taken = [
        dict(event)
        for event in events
        if _is_taken(event, kept, began) and not (other_input and "step" not in event and event["type"] in SAID)
    ]
    said = Counter(event.get("step") or "" for event in taken if event["type"] in SAID)
    field_values.update(
        {fields.emitted_by(scope): to_json(count) for scope, count in said.items() if scope not in kept}
    )
    for event in taken:
        del event["seq"]
        event.pop("covers", None)
    return Taken(field_values, taken)


def _fields_taken(journal: dict[str, bytes], kept: set[str], began_ms: int | None) -> dict[str, bytes]:
    """Return the kept steps' records, the inputs, the secrets, and the checkpoints as they were at that time."""
    field_values = {name: journal[name] for name in kept}
    # An input that an earlier fork gave a step is what that step ran with, and runs with again.
    field_values.update(
        {name: raw for name, raw in journal.items() if name in (fields.INPUT, fields.SECRETS) or fields.is_given(name)}
    )
    for name, raw in journal.items():
        if fields.is_memory(name) and (memory := _restores(unpack(raw), began_ms)):
            # Unchanged, it keeps what is sealed in it.
            field_values[name] = raw if memory == unpack(raw) else pack(memory, where="A checkpoint")
    return field_values


def _places(events: list[dict[str, Any]], *types: str) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for event in events:
        if event["type"] in types:
            places.setdefault(event["step"], []).append(event["seq"])
    return places


def _around(records: dict[str, Any], step: str) -> list[str]:
    above = []
    while (parent := records.get(step, {}).get("parent")) is not None:
        above.append(parent)
        step = parent
    return above


def _inside(records: dict[str, Any], step: str) -> set[str]:
    inside = {step}
    while more := {name for name, record in records.items() if record["parent"] in inside} - inside:
        inside |= more
    return inside


def _restores(memory: dict[str, Any], until_ms: int | None) -> dict[str, Any]:
    """Return a checkpoint's memory as it was then; {} for anything else that a step remembers."""
    restored = [each for each in memory.get("restored", ()) if until_ms is None or each["at"] <= until_ms]
    return {"restored": restored} if restored else {}


def _is_taken(event: dict[str, Any], kept: set[str], before: int | None) -> bool:
    if event["type"].startswith(("run.", "input.")):
        return False
    if event.get("step") in kept:
        return True
    # What the bodies around the fork emitted before it: they emit the same again, and that is skipped.
    return event["type"] in SAID and (before is None or event["seq"] < before)
