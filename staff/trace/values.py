"""What went in and out of a step or a run: read one at a time, and only when somebody opens it.

Secrets are dots here, as they are in the journal: what is sealed beside it is never opened for a page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from genisys.host import STORE_ERRORS, StepRecord
from runs.engines import engine
from runs.models import Run, Step
from runs.record import archive
from runs.record.faults import fault_of
from runs.record.states import archive_of

PREVIEW_CHARS = 20_000
OF_STEP = ("input", "output", "error", "traceback")
OF_RUN = ("input", "output", "error", "traceback")


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a text, and how many characters of it are not shown."""

    text: str
    hidden_chars: int


def preview(text: str) -> Preview:
    return Preview(readable(text[:PREVIEW_CHARS]), max(0, len(text) - PREVIEW_CHARS))


def readable(text: str) -> str:
    """Return the text as a page can hold it: a half of a surrogate pair, as cut texts end in, becomes a mark."""
    return text.encode("utf-8", "replace").decode()


def written(value: Any) -> str:
    """Return a value as people read it: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


async def step_value(run: Run, key: str, part: str) -> Any:
    """Return one part of one step; None where there is none. Raises STORE_ERRORS while Redis is away."""
    if part == "traceback":
        record = await _journalled(run, key)
        return (record.traceback or None) if record else None
    if run.finished and part in ("input", "output", "error"):
        found = await Step.objects.filter(run=run, key=key).values_list(part).afirst()
        if found is not None:
            return found[0]
    record = await engine().finished_step(run.pk, key)
    return getattr(record, part) if record is not None else None


async def _journalled(run: Run, key: str) -> StepRecord | None:
    """Return the step's record: from Redis while it is there, else out of the archive's journal."""
    try:
        if (record := await engine().finished_step(run.pk, key)) is not None:
            return record
    except STORE_ERRORS:
        if not run.finished:
            raise
    archived = await archive_of(run, "state", "events")
    records = [] if archived is None else archive.journal_of(archived)
    return next((record for record in records if record.key == key), None)


async def run_value(run: Run, state: dict[str, Any], part: str) -> Any:
    """Return one part of the run; None where there is none. Raises STORE_ERRORS."""
    if part == "traceback":
        return await fault_of(run, state) or None
    value = getattr(run, part)
    if value is None:
        value = state.get(part)
    if value is None and part == "output" and not run.finished:
        value = await engine().output_of(run.pk)  # It has ended, and its record is about to be written.
    return value
