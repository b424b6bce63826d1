"""What a step records of a model's answer: the answer, or, where it is long, a reference to it (`core.blobs`).

A paid answer is never lost because of its size. One that holds secrets of the run is stored sealed.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json

from ..core.blobs import INLINE_BYTES, INLINE_WITHOUT_STORE_BYTES, BlobNotKept, blobs, keep, kept
from ..execution.scope import current
from ..execution.steps import OpenStep

_REFERENCE = frozenset({"blob", "bytes", "sealed"})


async def record_of(step: OpenStep, answer: Any) -> Any:
    """Return what the step is to record of the answer, JSON data. Raises BlobNotKept where it fits nowhere."""
    if step.scope is None:  # Outside a run nothing is recorded.
        return answer
    raw = to_json(answer)
    if len(raw) <= INLINE_BYTES:
        return answer
    execution = step.scope.execution
    sealed = execution.hidden(answer) != answer
    # With secrets the record holds the answer twice: as it is shown, and sealed, which is a third longer.
    room = INLINE_WITHOUT_STORE_BYTES // 3 if sealed else INLINE_WITHOUT_STORE_BYTES
    if blobs() is None and len(raw) <= room:
        return answer
    data = execution.ring.seal(answer).encode() if sealed else raw
    try:
        reference = await keep(execution.lease.run_id, data)
    except BlobNotKept:
        if len(raw) > room:
            raise
        return answer
    return {"blob": reference, "bytes": len(data), "sealed": sealed}


async def answer_of(record: Any) -> Any:
    """Return the answer of which the journal has this record. Raises BlobMissing, SecretError."""
    if not isinstance(record, dict) or record.keys() != _REFERENCE:
        return record
    raw = await kept(record["blob"])
    if not record["sealed"]:
        return from_json(raw)
    scope = current.get()
    assert scope is not None  # outside a run nothing is recorded
    return scope.execution.ring.open(raw.decode())
