"""Faults: errors that nobody foresaw. Their tracebacks are for staff: in the log and the journal, never in events."""

from __future__ import annotations

import traceback

from ..data import strict_json
from ..errors import GenisysError, StepFailed

TRACEBACK_CHARS = 16_000
FRAMES = 40


def is_fault(error: BaseException) -> bool:
    """Return whether neither our own code nor a product's raises this error on purpose."""
    return not isinstance(error, GenisysError) or (isinstance(error, StepFailed) and is_fault_of(error))


def is_fault_of(failed: StepFailed) -> bool:
    """Return whether a step failed with a fault that is not logged yet, as it was made from one outside a step."""
    return failed.step is None and failed.__cause__ is not None and not isinstance(failed.__cause__, GenisysError)


def traceback_of(error: BaseException) -> str:
    """Return the traceback with those of its causes, its middle left out where it is long. Never raises.

    An error's message may hold secrets: take them out before the traceback is shown or written.
    """
    try:
        trace = "".join(traceback.format_exception(error, limit=-FRAMES))
    except BaseException as fault:  # An error's own __str__ may raise anything; it is no signal.
        trace = f"{type(error).__name__}, of which no traceback could be made: {type(fault).__name__}"
    trace = strict_json.text(trace)
    if len(trace) <= TRACEBACK_CHARS:
        return trace
    half = TRACEBACK_CHARS // 2
    return f"{trace[:half]}\n… {len(trace) - 2 * half} characters are left out …\n{trace[-half:]}"
