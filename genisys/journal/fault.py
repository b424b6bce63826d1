"""Faults: errors that nobody foresaw. Their tracebacks are for staff: in the log and the journal, never in events."""

from __future__ import annotations

import traceback

from ..data import strict_json
from ..errors import GenisysError, StepFailed

TRACEBACK_CHARS = 16_000
FRAMES = 40


def is_fault(error: BaseException) -> bool:
    """Say whether the error is none that our own code, or a product's, raises on purpose."""
    return not isinstance(error, GenisysError) or (isinstance(error, StepFailed) and is_fault_of(error))


def is_fault_of(failed: StepFailed) -> bool:
    """Say whether a step failed with a fault that has not been told yet: it was made of one outside a step."""
    return failed.step is None and failed.__cause__ is not None and not isinstance(failed.__cause__, GenisysError)


def traceback_of(error: BaseException) -> str:
    """Return the traceback with those of its causes, its middle left out where it is long. Never raises.

    What an error says may hold secrets: take them out before it is shown or written.
    """
    try:
        trace = "".join(traceback.format_exception(error, limit=-FRAMES))
    except BaseException as fault:  # Raised by what somebody's error says of itself: no signal.
        trace = f"{type(error).__name__}, of which no traceback could be made: {type(fault).__name__}"
    trace = strict_json.text(trace)
    if len(trace) <= TRACEBACK_CHARS:
        return trace
    half = TRACEBACK_CHARS // 2
    return f"{trace[:half]}\n… {len(trace) - 2 * half} characters are left out …\n{trace[-half:]}"
