"""One step: its key, its record in the journal, its events. Components and the OpenAI client are built on this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from ..core.clock import now_ms
from ..core.codec import checked, pack
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

    `memory` is what the step has stored with `remember`, in this attempt or an earlier one. `given` is the input that a
    fork gave it in place of its own, None otherwise.
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
        """Set the step's result, JSON data; it is written when the step's block ends."""
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
        """Store JSON facts with the next batch; they are in `memory` when the step runs again after a crash.

        Raises EncodingError for facts that are not strict JSON, and leaves the memory as it was.
        """
        checked(facts, where=f"Component {self.name!r}, what it remembers")
        self.memory.update(facts)
        if self.scope is not None:
            execution, field = self.scope.execution, fields.memory_of(self.scope.key)
            execution.journal[field] = packed = execution.packed(self.memory, where=self.name)
            execution.writer.record(field, packed)

    def forget(self) -> None:
        """Empty the memory: where the step runs again, it begins from nothing."""
        self.memory.clear()
        self.remember()

    def add_facts(self, **facts: Any) -> None:
        """Put JSON facts on the step's record and on the event of its completion; what is not strict JSON is mended."""
        self.facts.update(mended(facts))

    def fell_back(self, error: dict[str, Any]) -> None:
        """Record the error that the result stands in for."""
        self.fallback = error

    async def retrying(self, tried: int, delay: float, error: BaseException, *, since: int) -> None:
        """Record that try `tried` failed, and wait `delay` seconds; then the body begins again."""
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
            # Before the wait: a run that leaves its worker meanwhile comes back to this try, not to the first.
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
    """Open the step `name` with this JSON `input` in the current scope.

    Its key is made of `key`, or of `named_by`: the part of the input that tells the step from others, by default all.

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
        with _outside_runs(name) as step:
            yield step
        return
    execution = parent.execution
    execution.boundary()
    if title != "":
        title = text(str(title)[:TITLE_CHARS])
    step_key = parent.child_key(name, execution.step_digest(input if named_by is None else named_by, key))
    if step_key in execution.journal:
        yield await _replayed(parent, step_key, name)
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
    live = _LiveStep(step, scope, parent, title=title, paid=paid)
    await live.start(input, version=version, call=call)
    with live.as_current(nested=nested):
        try:
            if given is not None and edited is None:
                raise UserError(f"“{name}” takes no other input than its own. Fork at the step around it instead.")
            yield step
            packed = live.packed_result()
        except BaseException as raised:
            failure = await live.failed(raised)
            raise failure from failure.__cause__
    await live.completed(packed)


@contextmanager
def _outside_runs(name: str) -> Iterator[OpenStep]:
    """Open a step that belongs to no run: nothing is recorded, and errors come out as they do in a run."""
    try:
        yield OpenStep(name, None)
    except StepFailed:
        raise
    except Exception as error:
        raise _failure(error, name, None) from error


async def _replayed(parent: Scope, step_key: str, name: str) -> OpenStep:
    """Return the step with the result that the journal has. Raises StepFailed where it has a failure."""
    execution = parent.execution
    record = await execution.recorded(step_key)
    parent.count_child(record, record.get("inside", {}))
    if record["status"] == "failed":
        # Raised once: where a retry around the step runs its body again, the step really runs.
        execution.held.drop(step_key)
        raise revive(record["error"], step=step_key, step_name=name) from cause_of(record)
    step = OpenStep(name, None)
    step.recorded = True
    step.value = execution.ring.open(record["sealed"]) if "sealed" in record else record["output"]
    return step


class _LiveStep:
    """What is written of a step that really runs: its start, then its result or its failure."""

    __slots__ = ("_execution", "_marks", "_parent", "_record", "_scope", "_started_ms", "_step", "_title", "_writer")

    def __init__(self, step: OpenStep, scope: Scope, parent: Scope, *, title: str, paid: bool) -> None:
        self._step = step
        self._scope = scope
        self._parent = parent
        self._execution = scope.execution
        self._writer = scope.execution.writer
        self._title = title
        self._marks = {"paid": True} if paid else {}
        self._record: dict[str, Any] = {}
        self._started_ms = 0

    async def start(self, input: Any, *, version: str, call: str) -> None:
        """Emit the start. That of a paid step is in the log when this returns."""
        scope, execution, parent_key = self._scope, self._execution, self._parent.key or None
        self._writer.emit(
            "step.started", step=scope.key, name=scope.name, title=self._title, parent=parent_key, **self._marks
        )
        self._started_ms = self._writer.last_mark_ms
        if self._marks:
            # Before its request leaves: a crash then shows which paid call may have been made for nothing.
            await self._writer.commit()
        execution.steps_begun += 1
        self._record = {
            "name": scope.name,
            "title": self._title,
            "parent": parent_key,
            "input": input,
            "started": self._started_ms,
            "turn": execution.steps_begun,
            **self._marks,
            **({"version": version} if version else {}),
            **({"call": call} if call else {}),
        }

    @contextmanager
    def as_current(self, *, nested: bool) -> Iterator[None]:
        """Let the code inside run in the step's scope, or, where it is not `nested`, in that of the step around it."""
        token = current.set(self._scope if nested else self._parent)
        turns.here.to(self._scope)
        self._scope.open()
        try:
            yield
        finally:
            self._scope.close()
            current.reset(token)
            turns.here.to(self._parent)

    def packed_result(self) -> bytes:
        """Return the record of the result. Raises StepAbandoned, and ValueTooLarge or EncodingError for a bad one."""
        if not self._step.completed:
            raise StepAbandoned(f"“{self._step.name}” was left before it had a result.")
        return _packed_result(_ended(self._record, self._step, self._scope, output=self._step.output), self._step.name)

    async def failed(self, raised: BaseException) -> StepFailed:
        """Record the failure and return it as what the caller gets. Raises a signal as it is, and records nothing."""
        name, key, scope, hidden = self._step.name, self._scope.key, self._scope, self._execution.hidden
        reason = _ordinary(raised, name)
        failure = _failure(reason, name, key, hidden)
        failure.__cause__ = cause = reason.__cause__ if isinstance(reason, StepFailed) else reason
        self._parent.count_child(scope.usage, scope.used_inside)
        if cause is not None:
            self._record["cause"] = described(cause, hidden)
        if fault := _logged_fault(reason, name, self._execution):
            self._record["traceback"] = fault
        error = describe(failure)
        self._writer.record(key, _packed_failure(_ended(self._record, self._step, scope, error=error), name))
        if self._step.memory:
            # A failure is final for this key: where a retry runs the step again, its tries count from the start.
            self._step.forget()
        self._writer.emit("step.failed", step=key, error=error, **scope.wait_facts(), **scope.usage_facts())
        self._writer.count(**scope.usage, unpriced=int(scope.unpriced))
        await self._writer.commit()
        return failure

    async def completed(self, packed: bytes) -> None:
        """Record the result. It is durable when this returns."""
        step, scope = self._step, self._scope
        self._parent.count_child(scope.usage, scope.used_inside)
        self._execution.held.finish(scope.key, packed, scope.child_keys())
        # Result and event are one batch: a replay that finds the result has its event in the log too.
        self._writer.record(scope.key, packed)
        facts: dict[str, Any] = {**step.facts, "fallback": step.fallback} if step.fallback else step.facts
        ms = now_ms() - self._started_ms
        self._writer.emit("step.completed", step=scope.key, ms=ms, **facts, **scope.wait_facts(), **scope.usage_facts())
        if scope.usage or scope.unpriced:
            self._writer.count(**scope.usage, unpriced=int(scope.unpriced))
        await self._writer.commit()


def _logged_fault(error: Exception, name: str, execution: RunContext) -> str:
    """Log a fault and return its traceback; "" for an error that was foreseen."""
    if not is_fault(error):
        return ""
    trace: str = execution.hidden(traceback_of(error))
    log.error("step.failed", run_id=execution.lease.run_id, step=name, exception=trace)
    return trace


def _packed_result(record: dict[str, Any], name: str) -> bytes:
    """Return a finished step's record. A paid step's is without its input where both together are too large.

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
    """Return a failed step's record, without the step's input where that is what cannot be written."""
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


def _ended(
    record: dict[str, Any], step: OpenStep, scope: Scope, *, output: Any = None, error: dict[str, Any] | None = None
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
        **scope.usage_facts(),
        **({"inside": scope.used_inside} if scope.used_inside else {}),
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
