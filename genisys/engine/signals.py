"""Signals: what a run is sent while it goes on."""

from __future__ import annotations

from typing import Any

from ..core import codec
from ..core.clock import now_ms
from ..core.json_schema import misfits
from ..data.strict_json import SHOWN_WHOLE
from ..errors import EncodingError, InputRefused, RunNotFound, RunNotOpen, UnknownDeployment
from ..journal import fields
from ..redis_io.keys import NEVER_MS, NOW_IF_FREE
from ..store.records import Append, RunMeta
from .handle import Handle
from .input_tokens import input_token, packed_answer, step_of_token, wants_secret

_PAUSED = '{"reason":"paused","until":0}'


def _refused(reason: str, message: str) -> InputRefused:
    return InputRefused(message, detail={"reason": reason})


def budget_fields(
    *, tokens: int | None = None, cost_microusd: int | None = None, ms: int | None = None
) -> dict[str, str]:
    """Return the budget as the run's meta keeps it. Raises TypeError or ValueError for what is no whole number."""
    given = {"tokens": tokens, "cost_microusd": cost_microusd, "ms": ms}
    for name, value in given.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise TypeError(f"A run's budget: {name} is of type {type(value).__name__}; give a whole number, an int")
        if value is not None and not 0 <= value <= SHOWN_WHOLE:
            raise ValueError(f"A run's budget: {name} must be from 0 (for no limit) to 2**53 - 1")
    return {f"budget_{name}": str(value) for name, value in given.items() if value is not None}


def _check_fits(value: Any, schema: dict[str, Any]) -> None:
    """Raise InputRefused where an answer is not what the schema asks for."""
    try:
        codec.checked(value, where="This answer")
    except EncodingError as error:
        raise _refused("invalid", f"{error}") from None
    wrong = next(misfits(value, schema), None)
    if wrong is None:
        return
    if wants_secret(schema):
        raise _refused("invalid", "This answer does not fit what was asked.")  # The validator's words quote it.
    where = ".".join(str(part) for part in wrong.absolute_path)
    raise _refused("invalid", f"This answer does not fit{f', at {where}' if where else ''}: {wrong.message}.")


class Signals(Handle):
    """Answers, pauses, budgets, moves and cancels. All are stored in the run's state, so none can be missed."""

    async def cancel(self, run_id: str, *, by: str = "") -> bool:
        """Request the run's end; return whether it was still open.

        The request is stored in the run's state, so it cannot be missed: a worker that holds the run stops within 2 s,
        even in mid-step; a run that nobody holds ends here.
        """
        asked = await self.store.append_system(
            run_id,
            Append(events=[{"type": "run.cancelling", "at": now_ms(), "by": by}], meta={"cancel": "1"}),
        )
        if asked.code == "missing":
            raise RunNotFound(f"Run {run_id} is not in Redis: it was archived, or never started.", run_id=run_id)
        if asked.code == "closed":
            return False
        # Refused while a worker holds the run: that worker ends it.
        await self.end_cancelled(run_id)
        return True

    async def end_cancelled(self, run_id: str) -> bool:
        """End a run that is to be cancelled and that nobody holds; return whether this call ended it."""
        ended = await self.store.append_system(
            run_id,
            Append(events=[{"type": "run.cancelled", "at": now_ms()}], status="cancelled", terminal=True),
        )
        if ended.code == "ok" and (meta := await self.store.meta(run_id)) is not None:
            await self.owner_queue.leave(meta)
        return ended.code == "ok"

    def input_token(self, run_id: str, step: str) -> str:
        """Return the token under which that request for input is answered (`Engine.answer`). Raises ValueError."""
        if not self._secrets:
            raise ValueError("Engine(secret=...) is needed to make or check the tokens of requests for input")
        return input_token(self._secrets[0], run_id, step)

    def step_of_token(self, run_id: str, token: str) -> str | None:
        """Return the step whose request for input the token is for; None where it is not one of this run's."""
        steps = (step_of_token(secret, run_id, token) for secret in self._secrets)
        return next((step for step in steps if step is not None), None)

    async def answer(self, run_id: str, token: str, value: Any) -> None:
        """Answer a request for input with a JSON `value`; the run goes on.

        Raises RunNotFound, or InputRefused where the token is not this run's, the value does not fit what was asked,
        the deadline has passed, or somebody answered before.
        """
        meta = await self._meta_of(run_id)
        step = self.step_of_token(run_id, token)
        asked = None if step is None else await self.store.journal_value(run_id, fields.memory_of(step))
        if step is None or asked is None or "asked" not in asked:
            raise _refused("unknown", "This address is for no question of this run.")
        # A step with a record has ended: it took an answer, or its deadline passed.
        if meta.closed or await self.store.journal_value(run_id, step) is not None:
            raise _refused("answered", "This question has been answered, or its run has ended.")
        if asked["until"] is not None and asked["until"] <= now_ms():
            raise _refused("expired", "The time for an answer to this question is over.")
        _check_fits(value, asked["schema"])
        taken = await self._signal(
            meta,
            Append(
                events=[{"type": "input.received", "at": now_ms(), "step": step}],
                # The field names the time of asking, and the script fills it once: of two answers one is refused.
                inbox={f"{step}:{asked['asked']}": packed_answer(self.ring, asked["schema"], value)},
            ),
        )
        if taken == "answered":
            raise _refused("answered", "This question has been answered already.")

    async def pause(self, run_id: str, *, by: str = "") -> None:
        """Let the run rest from its next step boundary on, until `resume`. Raises RunNotFound, RunNotOpen."""
        meta = await self._meta_of(run_id)
        await self._must(meta, Append(meta={"paused": "1", "paused_by": by}))
        if not meta.worker:  # A worker writes this itself, at the next step boundary.
            await self.rest(meta)

    async def rest(self, meta: RunMeta) -> None:
        """Give a paused run that nobody holds the status `waiting`."""
        event = {"type": "run.waiting", "at": now_ms(), "reason": "paused", "until": 0}
        batch = Append(events=[event], meta={"waiting": _PAUSED}, status="waiting", due_ms=NEVER_MS)
        await self.store.append_system(meta.run_id, batch)
        await self.owner_queue.leave(meta)

    async def resume(self, run_id: str, *, by: str = "") -> None:
        """Let a paused run go on. Raises RunNotFound, RunNotOpen."""
        meta = await self._meta_of(run_id)
        event = {"type": "run.resumed", "at": now_ms(), "reason": "resumed", "by": by}
        await self._must(meta, Append(events=[event], meta={"paused": "", "waiting": ""}, status="queued"))

    async def move(self, run_id: str, deployment: str, *, by: str = "") -> None:
        """Move the run to another deployment; `Deployments.preview` shows beforehand what becomes of it.

        From now on no worker of the old deployment can take it. One that holds it hands it over at its next step
        boundary. Raises UnknownDeployment, RunNotFound, RunNotOpen.
        """
        if await self.store.deployments.manifest(deployment) is None:
            raise UnknownDeployment(f"No worker has registered a deployment {deployment!r}.")
        meta = await self._meta_of(run_id)
        if meta.deployment == deployment:
            return
        batch = Append(meta={"deployment": deployment})
        if not meta.worker:  # A worker writes this event itself, as it hands the run over.
            batch.events = [
                {"type": "run.resumed", "at": now_ms(), "reason": "moved", "deployment": deployment, "by": by}
            ]
            batch.status = "queued"
        await self._must(meta, batch)
        if not meta.worker:  # A run that is held keeps its place, which goes to the next worker with it.
            await self.owner_queue.leave(meta)
        # Read again: the attempt is part of the wakeup, and may be another by now.
        moved = await self._meta_of(run_id)
        await self.wake(run_id, deployment=deployment, attempt=moved.attempt)
        if moved.paused and not moved.worker:
            await self.rest(moved)

    async def limit(
        self, run_id: str, *, tokens: int | None = None, cost_microusd: int | None = None, ms: int | None = None
    ) -> None:
        """Set the run's budget: tokens in all, cost (millionths of a US dollar), age in milliseconds; 0 for no limit.

        A run that reaches its budget waits before its next paid call, and goes on when the budget is raised. Raises
        RunNotFound, RunNotOpen.
        """
        fields = budget_fields(tokens=tokens, cost_microusd=cost_microusd, ms=ms)
        await self._must(await self._meta_of(run_id), Append(meta=fields))

    async def _must(self, meta: RunMeta, batch: Append) -> None:
        if await self._signal(meta, batch) != "ok":
            raise RunNotOpen(f"This run has ended: it is {meta.status}.", run_id=meta.run_id)

    async def _signal(self, meta: RunMeta, batch: Append) -> str:
        """Write what the run's worker, or the next one, is to react to; return the script's code."""
        batch.increments["signals"] = 1
        if batch.due_ms is None:
            batch.due_ms = NOW_IF_FREE
        answer = await self.store.append_system(meta.run_id, batch)
        if answer.code == "ok" and batch.due_ms != NEVER_MS:
            await self.wake(meta.run_id, deployment=meta.deployment, attempt=meta.attempt)
        return answer.code
