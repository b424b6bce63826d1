"""Every error that Genisys raises, in one tree.

GenisysError
├── UserError            bad input; the text is a sentence for the person who gave it
├── StepFailed           what a failed component raises to its caller
├── EncodingError        a value that cannot be written as JSON, or read back as its type says
├── SecretError          a secret that cannot be stored or read: no key, another key, or too short to hide
├── ValueTooLarge        a value over the size that the journal takes
├── NotAwaited           a component was called, and its call never awaited
├── UnknownWorkflow      a run names a workflow that this process does not know
├── UnknownDeployment    no worker has registered a deployment of that name
├── DeploymentInUse      a deployment that runs, workers or new work still need
├── UnknownWorker        no worker of that name is alive
├── RunNotFound          no run of that id is in Redis
├── StepNotFound         the run has no finished step of that key
├── FollowRefused        a server does not let its run be followed: no such run, or no right to see it
├── RunNotOpen           the run cannot take that request in the state it is in
├── StepTimeout          a component took longer than its limit
├── InputRefused         an answer that does not fit what was asked, or comes too late or twice
├── InputExpired         nobody answered a request for input before its deadline
├── RestoredTooOften     a checkpoint was restored more often than it allows
├── BatchRefused         a batch has something else where a whole number belongs; nothing of it was written
├── LogGap               the log lost entries that its writer can no longer send again
└── (the guarded client's Fetch… and the providers' errors, each beside its code)

Interrupt (BaseException)     control flow: `except Exception` in user code cannot swallow it
├── RunCancelled         a person cancelled the run
├── Leaving              this worker leaves the run, which goes on later
│   ├── RunHandedOver    another worker goes on at once
│   └── RunSuspended     the run waits, and holds no worker meanwhile
├── Restored             a body begins again at one of its checkpoints
├── LeaseLost            another attempt holds the run; nothing more may be written
└── RunBroken            the engine itself failed; the run ends as failed, with its `__cause__` as the reason
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from pydantic_core import to_json

from .data import strict_json

MESSAGE_CHARS = 2000
DETAIL_BYTES = 16 * 1024
GROUP_TOLD = 5
GROUP_DEPTH = 5
LONGEST_RETRY_AFTER_S = 7 * 24 * 3600.0


class GenisysError(Exception):
    """Root of all errors. `permanent` is True where trying again cannot help; `retry_after` is in seconds."""

    permanent: bool = False
    retry_after: float | None = None

    def __init__(
        self,
        message: str = "",
        *,
        run_id: str | None = None,
        step: str | None = None,
        permanent: bool | None = None,
        retry_after: float | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.run_id = run_id
        self.step = step
        self.detail = detail or {}
        if permanent is not None:
            self.permanent = permanent
        if retry_after is not None:
            self.retry_after = retry_after


class UserError(GenisysError):
    """Input that cannot work. The message is shown to the person as it stands."""

    permanent = True


class StepFailed(GenisysError):
    """A component failed for good: the same error live, on replay and outside a run.

    `kind` is the class name of the original error, `message` its sentence, `step_name` the component that failed
    first. `__cause__` is the original error; on replay one with its message, and its type where that is known.
    """

    def __init__(self, message: str, *, kind: str, step_name: str, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.kind = kind
        self.step_name = step_name


class EncodingError(GenisysError, TypeError):
    """A value cannot be written as JSON, or a recorded one no longer fits its type."""

    permanent = True


class SecretError(GenisysError, ValueError):
    """A secret cannot be stored or read: no key is set, it was sealed with another, or it is too short to hide."""

    permanent = True


class ValueTooLarge(GenisysError, ValueError):
    """A value is larger than the journal takes (4 MB encoded). Return a reference to it instead."""

    permanent = True


class NotAwaited(GenisysError, RuntimeError):
    """A body called a component and ended without awaiting the call, which therefore did nothing."""

    permanent = True


class UnknownWorkflow(GenisysError, LookupError):
    """No workflow of that name is registered in this process."""

    permanent = True


class UnknownDeployment(GenisysError, LookupError):
    """No worker has registered a deployment of that name."""


class DeploymentInUse(GenisysError):
    """The deployment cannot be drained or retired yet; the message says what has to be done first."""


class UnknownWorker(GenisysError, LookupError):
    """No worker of that name is alive."""


class RunNotFound(GenisysError, LookupError):
    """Redis holds no run of that id: it never existed, or it has been archived."""

    permanent = True


class StepNotFound(GenisysError, LookupError):
    """The run's journal holds no finished step of that key."""

    permanent = True


class FollowRefused(GenisysError):
    """A server does not let its run be followed, and asking again cannot help. `status` is its HTTP status.

    The token is wrong, expired or withdrawn, or lacks the right; or there is no such run.
    """

    permanent = True

    def __init__(self, message: str, *, status: int, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.status = status


class RunNotOpen(GenisysError):
    """The run cannot take this request in its present state."""

    permanent = True


class StepTimeout(GenisysError):
    """A component took longer than its limit, in one try or in all. A try that did may be followed by another."""


class InputRefused(GenisysError):
    """An answer to a request for input was not taken. `detail` has `reason`: invalid, answered, expired or unknown."""

    permanent = True


class InputExpired(GenisysError):
    """Nobody answered a request for input before its deadline."""

    permanent = True


class RestoredTooOften(GenisysError):
    """A checkpoint was restored more often than it allows."""

    permanent = True


class BatchRefused(GenisysError, ValueError):
    """`append` found something that it cannot write, before its first write: nothing of the batch was written."""

    permanent = True


class LogGap(GenisysError):
    """Redis lost batches that the writer no longer holds; the attempt starts again from the journal."""


class Interrupt(BaseException):
    """Root of the control-flow signals that end an attempt without failing its run."""


class RunCancelled(Interrupt):
    """A person cancelled the run."""


class Leaving(Interrupt):
    """This worker leaves the run between two steps; what is under way beside it may end first."""


class RunHandedOver(Leaving):
    """The worker stops, and another one goes on with the run."""


class RunSuspended(Leaving):
    """The run waits for a time or for a person, and holds no worker meanwhile."""


class Restored(Interrupt):
    """The body of `scope` begins again and runs with the journal up to the checkpoint that was restored."""

    def __init__(self, scope: object) -> None:
        super().__init__()
        self.scope = scope


class LeaseLost(Interrupt):
    """Another attempt holds the run's lease."""


class RunBroken(Interrupt):
    """The engine could not go on with the run, through no fault of the run's code: `__cause__` is why."""


def describe(error: BaseException, hide: Callable[[Any], Any] = lambda data: data) -> dict[str, Any]:
    """Return the error as the plain data that events and the journal carry. `hide` takes the secrets out of it.

    Whatever is in the error, this is strict JSON: an error is never lost because of what it says. Never raises.
    """
    if isinstance(error, StepFailed):
        kind, name = error.kind, error.step_name
    else:
        kind, name = type(error).__name__, ""
    detail = _fact(error, "detail")
    return {
        "kind": kind,
        "message": hide(_message_of(error) or kind)[:MESSAGE_CHARS],
        "permanent": is_permanent(error),
        "retry_after": retry_after_of(error),
        "detail": _bounded(hide(strict_json.mended(detail))) if isinstance(detail, dict) else {},
        "step_name": name,
    }


# What follows runs strangers' code, properties and `__str__`, in the middle of our own. Whatever that raises,
# SystemExit too, is no reason to lose the error. Nothing is awaited here, so it cannot be a signal.


def _fact(error: BaseException, name: str) -> Any:
    """Return an attribute of any error; None where it has none, or raises."""
    try:
        return getattr(error, name, None)
    except BaseException:
        return None


def _message_of(error: BaseException) -> str:
    """Return the error's message, or "". Of a group, the messages of those inside."""
    if isinstance(error, BaseExceptionGroup):
        return _message_of_group(error)
    message = _fact(error, "message")
    return strict_json.text(message) if isinstance(message, str) and message else text_of(error)


def text_of(error: BaseException) -> str:
    """Return the error's `str`; "" where that raises."""
    try:
        return strict_json.text(str(error))
    except BaseException:
        return ""


def _message_of_group(group: BaseExceptionGroup[BaseException], depth: int = GROUP_DEPTH) -> str:
    inside = [_as_line(each, depth - 1) for each in group.exceptions[:GROUP_TOLD]]
    more = len(group.exceptions) - len(inside)
    return f"{strict_json.text(group.message)}: {'; '.join(inside)}{f'; and {more} more' if more else ''}"


def _as_line(error: BaseException, depth: int) -> str:
    if not isinstance(error, BaseExceptionGroup):
        message = _message_of(error)
    else:
        message = _message_of_group(error, depth) if depth else "…"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def leaves_of(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, or of a group all errors in it and in its groups, however deep."""
    left = [error]
    while left:
        each = left.pop()
        if isinstance(each, BaseExceptionGroup):
            left.extend(reversed(each.exceptions))
        else:
            yield each


def retry_after_of(error: BaseException) -> float | None:
    """Return the seconds after which, by the error, another try makes sense; None where it has nothing usable."""
    given = _fact(error, "retry_after")
    if isinstance(given, timedelta):
        given = given.total_seconds()
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return min(float(given), LONGEST_RETRY_AFTER_S) if given >= 0 else None


def is_permanent(error: BaseException) -> bool:
    """Return whether the error, or one in a group, says of itself that trying again cannot help."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(is_permanent, leaves_of(error)))
    try:
        return bool(_fact(error, "permanent"))
    except BaseException:
        return False


def _bounded(detail: Any) -> dict[str, Any]:
    """Return the detail of an error, or a part of it where it is too large for an event."""
    size = len(to_json(detail))
    return detail if size <= DETAIL_BYTES else {"left_out": f"{size} bytes of detail, more than {DETAIL_BYTES}"}


def revive(record: dict[str, Any], *, step: str, step_name: str) -> StepFailed:
    """Return the StepFailed of a recorded failure."""
    return StepFailed(
        record["message"],
        kind=record["kind"],
        step_name=record.get("step_name") or step_name,
        step=step,
        permanent=record["permanent"],
        retry_after=record["retry_after"],
        detail=record["detail"],
    )
