"""One step: its key, its record in the journal, its events. Components and the OpenAI client both stand on this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from ..core.clock import now_ms
from ..core.codec import checked, pack, unpack
from ..core.logs import Logger
from ..data.strict_json import mended, text
from ..errors import GenisysError, StepFailed, UserError, ValueTooLarge, describe, revive
from ..journal import fields
from ..journal.cause import cause_of, described
from ..journal.fault import is_fault, traceback_of
from . import turns
from .budget import within_budget
from .containment import ordinary, signal_in
from .run_context import RunContext
from .scope import Scope, current, wait

TITLE_CHARS = 500

log = Logger("genisys.steps")


class StepAbandoned(GenisysError):
    """The caller left a step before it had a result (a stream that was not read to its end)."""


class OpenStep:
    """A step under way. Outside a run it records nothing, and `recorded` is always False.

    `memory` is what the step has written down of itself with `remember`, in this attempt or one before it. `given` is
    the input that a fork gave it in place of its own, None otherwise.
    """

    __slots__ = (
        "_output",
        "completed",
        "facts",
        "fallback",
        "given",
        "memory",
        "name",
        "recorded",
        "scope",
        "tries",
        "value",
    )

    def __init__(self, name: str, scope: Scope | None) -> None:
        self.name = name
        self.scope = scope
        self.recorded = False
        self.value: Any = None
        self.completed = False
        self.given: Any = None
        self.memory: dict[str, Any] = {} if scope is None else scope.execution.memory_of(scope.key)
        self.tries = self.memory.get("tries", 0) + 1
        self.fallback: dict[str, Any] | None = None
        self.facts: dict[str, Any] = {}
        self._output: Any = None

    def complete(self, value: Any) -> None:
        """Return the step's result as JSON data; it is written when the step's block ends."""
        self.completed = True
        self._output = value

    @property
    def output(self) -> Any:
        return self._output

    def use(
        self,
        *,
        model: str = "",
        provider: str = "",
        input_tokens: int = 0,
        output_tokens: int = 0,
        cost_microusd: int | None = None,
        guessed_tokens: int | None = None,
    ) -> None:
        """Add tokens and cost (millionths of a US dollar; None when not known) to this step and its run.

        Where the tokens themselves are not known, give `guessed_tokens`: they count against the run's budget only.
        """
        if self.scope is not None:
            self.scope.use(model, input_tokens, output_tokens, cost_microusd, provider, guessed_tokens)

    def remember(self, **facts: Any) -> None:
        """Write JSON facts down with the next batch; they are in `memory` when the step runs again after a crash.

        Raises EncodingError for facts that are no strict JSON; then the memory is as it was.
        """
        checked(facts, where=f"Component {self.name!r}, what it remembers")
        self.memory.update(facts)
        if self.scope is not None:
            execution, field = self.scope.execution, fields.memory_of(self.scope.key)
            execution.journal[field] = packed = execution.packed(self.memory, where=self.name)
            execution.writer.record(field, packed)

    def forget(self) -> None:
        """Remember nothing more: where the step runs again, it begins from nothing."""
        self.memory.clear()
        self.remember()

    def add_facts(self, **facts: Any) -> None:
        """Put JSON facts on the step's record and on the event of its completion; what is no strict JSON is mended."""
        self.facts.update(mended(facts))

    def fell_back(self, error: dict[str, Any]) -> None:
        """Keep the error in whose place the result stands."""
        self.fallback = error

    async def retrying(self, tried: int, delay: float, error: BaseException, *, since: int) -> None:
        """Write down that try `tried` failed, and wait `delay` seconds; then the body begins again."""
        self.tries = tried + 1
        next_try = now_ms() + round(delay * 1000)
        if self.scope is not None:
            self.scope.restart()
            self.scope.execution.writer.emit(
                "step.retrying",
                step=self.scope.key,
                **_retry_facts(tried, delay, describe(error, self.scope.execution.hidden)),
            )
        self.remember(tries=tried, next_try=next_try, since=since)
        if self.scope is not None:
            await self.scope.execution.writer.commit()
        await wait(self.scope, reason="retry", until_ms=next_try)


@asynccontextmanager
async def open_step(
    name: str,
    input: Any,
    *,
    title: str = "",
    paid: bool = False,
    key: str | None = None,
    named_by: Any = None,
    nested: bool = True,
    version: str = "",
    call: str = "",
    edited: Callable[[Any], tuple[str, str]] | None = None,
) -> AsyncIterator[OpenStep]:
    """Open the step that stands for `name` with this JSON `input` in the current scope.

    Its key is made of `named_by`, what of the input tells it from others (by default all of it), or of `key`.

    Where the journal has its result, `recorded` is True and `value` holds it: do nothing. Where it has a failure,
    StepFailed is raised. Else run the body and call `complete(value)`. An exception is recorded as the step's failure
    and comes out as StepFailed; a cancel or another control-flow signal records nothing. With `paid` the step's start
    is in the log before the body runs, and a run whose budget is used up waits before it. Once the block has ended, the
    result is durable. A step that is not `nested` is a leaf: what its block calls belongs to the step around it (a
    stream's reader is such a block).

    `call` names the call of another server whose request the input is. `edited` is for a step that works with what a
    fork gave it (`OpenStep.given`): it returns the name and the title that go with that input. Any other step fails
    where a fork gave it one, so that no record shows an input that was not used.
    """
    parent = current.get()
    if parent is None:
        step = OpenStep(name, None)
        try:
            yield step
        except StepFailed:
            raise
        except Exception as error:
            raise _failure(error, name, None) from error
        return

    execution = parent.execution
    execution.boundary()
    if title != "":
        title = text(str(title)[:TITLE_CHARS])
    step_key = parent.child_key(name, execution.step_digest(input if named_by is None else named_by, key))
    recorded = execution.journal.get(step_key)
    if recorded is not None:
        record = unpack(recorded)
        if record["status"] == "failed":
            # Told once: where a retry around it runs the body again, this step really runs.
            del execution.journal[step_key]
            raise revive(record["error"], step=step_key, step_name=name) from cause_of(record)
        step = OpenStep(name, None)
        step.recorded = True
        step.value = execution.ring.open(record["sealed"]) if "sealed" in record else record["output"]
        yield step
        return

    if paid:
        await within_budget(parent)
    given: Any = None
    if (other := execution.journal.get(fields.given_to(step_key))) is not None:
        input = given = execution.opened(other)
        if edited is not None:
            name, title = edited(input)
            title = text(title)
    scope = Scope(execution, step_key, name, execution.said(step_key), parent)
    step = OpenStep(name, scope)
    step.given = given
    writer = execution.writer
    marks = {"paid": True} if paid else {}
    writer.emit("step.started", step=step_key, name=name, title=title, parent=parent.key or None, **marks)
    started = writer.last_mark_ms
    if paid:
        await writer.commit()
    execution.steps_begun += 1
    record = {
        "name": name,
        "title": title,
        "parent": parent.key or None,
        "input": input,
        "started": started,
        "turn": execution.steps_begun,
        **marks,
    }
    if version:
        record["version"] = version
    if call:
        record["call"] = call
    token = current.set(scope if nested else parent)
    turns.here.to(scope)
    scope.open()
    try:
        if given is not None and edited is None:
            raise UserError(f"“{name}” takes no other input than its own. Fork at the step around it instead.")
        yield step
        if not step.completed:
            raise StepAbandoned(f"“{name}” was left before it had a result.")
        packed = _packed_result(_ended(record, step, scope, output=step.output), name)
    except BaseException as raised:
        reason = _ordinary(raised, name)
        failure = _failure(reason, name, step_key, execution.hidden)
        cause = reason.__cause__ if isinstance(reason, StepFailed) else reason
        if cause is not None:
            record["cause"] = described(cause, execution.hidden)
        if fault := _told_to_staff(reason, name, execution):
            record["traceback"] = fault
        writer.record(step_key, _packed_failure(_ended(record, step, scope, error=describe(failure)), name))
        if step.memory:
            step.forget()
        writer.emit("step.failed", step=step_key, error=describe(failure), **_usage(scope))
        writer.count(**scope.usage, unpriced=int(scope.unpriced))
        await writer.commit()
        raise failure from (reason.__cause__ if isinstance(reason, StepFailed) else reason)
    finally:
        scope.close()
        current.reset(token)
        turns.here.to(parent)
    execution.journal[step_key] = packed
    writer.record(step_key, packed)
    facts: dict[str, Any] = {**step.facts, "fallback": step.fallback} if step.fallback else step.facts
    writer.emit("step.completed", step=step_key, ms=now_ms() - started, **facts, **_usage(scope))
    if scope.usage or scope.unpriced:
        writer.count(**scope.usage, unpriced=int(scope.unpriced))
    await writer.commit()


def _told_to_staff(error: Exception, name: str, execution: RunContext) -> str:
    """Return the traceback of a fault, which is in the log too; "" for an error that was foreseen."""
    if not is_fault(error):
        return ""
    trace: str = execution.hidden(traceback_of(error))
    log.error("step.failed", run_id=execution.lease.run_id, step=name, exception=trace)
    return trace


def _packed_result(record: dict[str, Any], name: str) -> bytes:
    """Write a finished step down, of what was paid for without its input where both together are too much.

    Raises ValueTooLarge.
    """
    where = f"Component {name!r}"
    try:
        return pack(record, where=where)
    except ValueTooLarge:
        if not record.get("paid"):
            raise
        return pack({**record, "input": {"left_out": "With its result this is too large to be recorded."}}, where=where)


def _packed_failure(record: dict[str, Any], name: str) -> bytes:
    """Write a failure down, without the step's input where that is the reason that it cannot be."""
    try:
        return pack(record, where=f"Component {name!r}")
    except GenisysError as error:
        return pack({**record, "input": {"left_out": error.message}}, where=f"Component {name!r}")


def _ordinary(error: BaseException, name: str) -> Exception:
    """Return what a block raised as an ordinary error, or raise the signal that it is."""
    if isinstance(error, Exception):
        return error
    signal = signal_in(error)
    if signal is not None:
        raise signal
    return ordinary(error, name)


def _usage(scope: Scope) -> dict[str, Any]:
    usage: dict[str, Any] = dict(scope.usage)
    if scope.models:
        usage["model"] = scope.models[-1]
    if scope.provider:
        usage["provider"] = scope.provider
    if scope.unpriced:
        usage["unpriced"] = True
    if scope.unmetered:
        usage["unmetered"] = True
    return usage


def _ended(
    record: dict[str, Any],
    step: OpenStep,
    scope: Scope,
    *,
    output: Any = None,
    error: dict[str, Any] | None = None,
) -> dict[str, Any]:
    whole = {
        **record,
        "status": "completed" if error is None else "failed",
        "output": output,
        "error": error,
        "ended": now_ms(),
        "tries": step.tries,
        **({"fallback": step.fallback} if step.fallback else {}),
        **step.facts,
        **_usage(scope),
    }
    secrets = scope.execution.secrets
    return whole if secrets is None else secrets.record(whole)


def _failure(
    error: Exception, name: str, key: str | None, hide: Callable[[Any], Any] = lambda data: data
) -> StepFailed:
    facts = describe(error, hide)
    return StepFailed(
        facts["message"],
        kind=facts["kind"],
        step_name=facts["step_name"] or name,
        step=key,
        permanent=facts["permanent"],
        retry_after=facts["retry_after"],
        detail=facts["detail"],
    )


def _retry_facts(tried: int, delay: float, error: dict[str, Any]) -> dict[str, Any]:
    return {"try": tried + 1, "delay_ms": round(delay * 1000), "error": error}
