"""The engine as the API plane sees it: start runs, ask for their state, cancel and retry them. Runs nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from . import _codec
from ._apart import apart
from ._clock import now_ms
from ._compact import first_seq
from ._fault import FAULT
from ._fleet import DEAD_AFTER_MS, no_room
from ._fold import State, fold, new_state
from ._fork import taken
from ._held import SILENCED_TWICE, Held
from ._hidden import FIELD, RunSecrets
from ._hints import Hints
from ._input import input_token, packed_answer, step_of_token, wants_secret
from ._payments import PossibleDoublePayment, possible_double_payments
from ._places import Place, Places
from ._records import Appended, Batch, LogPage, RunMeta, StepRecord, WorkerInfo, is_step
from ._seal import KeyRing, given_secrets
from ._sealing import SealedInput, journal_of, seal_input
from ._store import NEVER_MS, NOW_IF_FREE, STORE_ERRORS, Store, new_run_id
from ._strict import SHOWN_WHOLE
from ._waiting import sentence
from .errors import EncodingError, InputRefused, RunNotFound, RunNotOpen, StepNotFound, UnknownDeployment, describe

EVENTS_A_BATCH = 1000
SILENT_AFTER_MS = 30_000
_PAUSED = '{"reason":"paused","until":0}'

log = structlog.get_logger("genisys.engine")


def _refused(reason: str, message: str) -> InputRefused:
    return InputRefused(message, detail={"reason": reason})


def _budget_fields(
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


class Engine:
    """A handle on the runs in one Redis. One per process and event loop; use `async with`, or connect and close.

    `secret` is what the tokens for answers and the keys for secrets are made with: the same in every process. Of
    several the first is used for new ones, and the others still for what was made with them. `per_owner` is how many
    runs of one owner workers may hold at once (0: no limit), the same in every process too. Commands share so many
    `connections` to Redis, and scripts one more.
    Methods raise STORE_ERRORS while Redis is away.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        deployment: str = "dev",
        secret: str | Sequence[str] = "",
        per_owner: int = 0,
        connections: int = 16,
    ) -> None:
        self.deployment = deployment
        self._secrets = given_secrets(secret)
        self.ring = KeyRing(secret)
        self.store = Store(redis_url, connections=connections)
        self._hints = Hints(redis_url)
        self.places = Places(self.store, per_owner, self.hint_anew)

    async def connect(self) -> None:
        await self.store.connect()

    async def close(self) -> None:
        await self._hints.close()
        await self.store.close()

    async def __aenter__(self) -> Engine:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(
        self,
        workflow: str,
        input: dict[str, Any] | BaseModel | SealedInput,
        *,
        secrets: Sequence[str] = (),
        run_id: str | None = None,
        owner: str = "",
        title: str = "",
        deployment: str | None = None,
        budget: Mapping[str, int] | None = None,
    ) -> str:
        """Make a run and hand it out; gives its id. Starting an id again does nothing but hint again.

        Without `deployment` it goes to the promoted one, and where none is promoted to the engine's own.
        `budget` is what it may use unasked, as `limit` takes it: `{"cost_microusd": 500_000}`.
        Secret fields of the input are sealed: those that its model, or the workflow where it is registered in this
        process, types as `SecretStr`, and those at the dotted paths of `secrets` (`"account.password"`). Raises
        SecretError where there are some and no key is set.
        """
        run_id = run_id or new_run_id()
        given = input if isinstance(input, SealedInput) else self.seal(workflow, input, secrets=secrets, title=title)
        title = given.title or title
        deployment = deployment or await self.target()
        made_ms = now_ms()
        made = await self.store.create(
            run_id,
            {
                "workflow": workflow,
                "owner": owner,
                "title": title,
                "deployment": deployment,
                "created_ms": str(made_ms),
                **_budget_fields(**(budget or {})),
            },
            Batch(
                events=[{"type": "run.queued", "at": now_ms(), "workflow": workflow, "title": title}],
                journal=journal_of(self.ring, given),
                status="queued",
            ),
        )
        await self._hand_out(made, run_id, owner=owner, deployment=deployment, made_ms=made_ms)
        return run_id

    async def _hand_out(self, made: Appended, run_id: str, *, owner: str, deployment: str, made_ms: int) -> None:
        """Hint at a run that was made just now, unless runs of its owner come first."""
        if made.code == "exists" or await self.places.line_up(
            run_id, owner=owner, deployment=deployment, made_ms=made_ms
        ):
            await self.hint(run_id, deployment=deployment, attempt=0)

    async def target(self) -> str:
        """Give the deployment that new runs go to: the promoted one, else this engine's own."""
        return await self.store.deployments.promoted() or self.deployment

    async def hint_anew(self, run_id: str, deployment: str) -> None:
        """Hint at once, whatever was hinted just before: something has changed since."""
        await self._hints.give(run_id, deployment=deployment, attempt=0, anew=True)

    def seal(
        self, workflow: str, input: dict[str, Any] | BaseModel, *, secrets: Sequence[str] = (), title: str = ""
    ) -> SealedInput:
        """Give the input as it may be shown and stored, its secrets sealed, for a later `start`. Raises as it does."""
        return seal_input(self.ring, workflow, input, secrets=secrets, title=title)

    async def hint(self, run_id: str, *, deployment: str, attempt: int, at_ms: int | None = None) -> None:
        """Tell the deployment's workers that the run is ready, or will be at `at_ms` (epoch ms)."""
        await self._hints.give(run_id, deployment=deployment, attempt=attempt, at_ms=at_ms)

    async def cancel(self, run_id: str, *, by: str = "") -> bool:
        """Ask for the run's end; gives whether it was still open.

        The request stands in the run's state, so it cannot be missed: a worker that holds the run stops within 2 s, in
        mid-step too; a run that nobody holds ends here.
        """
        asked = await self.store.append_system(
            run_id,
            Batch(events=[{"type": "run.cancelling", "at": now_ms(), "by": by}], meta={"cancel": "1"}),
        )
        if asked.code == "missing":
            raise RunNotFound(f"Run {run_id} is not in Redis: it was archived, or never started.", run_id=run_id)
        if asked.code == "closed":
            return False
        await self.end_cancelled(run_id)
        return True

    async def end_cancelled(self, run_id: str) -> bool:
        """End a run that is to be cancelled and that nobody holds; gives whether this call ended it."""
        ended = await self.store.append_system(
            run_id,
            Batch(events=[{"type": "run.cancelled", "at": now_ms()}], status="cancelled", terminal=True),
        )
        if ended.code == "ok" and (meta := await self.store.meta(run_id)) is not None:
            await self.places.leave(meta)
        return ended.code == "ok"

    async def retry(self, run_id: str) -> None:
        """Let a failed or cancelled run go on from its journal: completed steps stand, failed ones run again.

        Raises RunNotFound, or RunNotOpen where the run completed or has not ended.
        """
        meta = await self._meta_of(run_id)
        if meta.status not in ("failed", "cancelled"):
            raise RunNotOpen(
                f"This run is {meta.status}; only a failed or cancelled one can be retried.", run_id=run_id
            )
        journal = await self.store.journal(run_id)
        failed = [name for name, raw in journal.items() if is_step(name) and _codec.unpack(raw)["status"] == "failed"]
        forgotten = [FAULT, *(mark + name for mark in ("", "~", "!") for name in failed)]
        await self.store.drop_from_journal(run_id, forgotten)
        answer = await self.store.append_system(
            run_id,
            Batch(
                events=[{"type": "run.resumed", "at": now_ms(), "reason": "retry"}],
                meta={"cancel": "", "barren": "0", "silenced": "0", "handed": "1", "ended_ms": "0"},
                status="queued",
                due_ms=now_ms() + 5_000,
            ),
            reopen=True,
        )
        if answer.code != "ok":
            raise RunNotOpen("This run has not ended, so there is nothing to retry.", run_id=run_id)
        await self.hint(run_id, deployment=meta.deployment, attempt=meta.attempt)

    async def fork(
        self,
        run_id: str,
        *,
        step: str | None = None,
        input: dict[str, Any] | None = None,
        new_id: str | None = None,
        owner: str | None = None,
        title: str | None = None,
        deployment: str | None = None,
    ) -> str:
        """Make a new run that shares the journal of this one up to `step`, which runs again; gives the new run's id.

        `input` replaces the arguments of that component (by name) or the request of that call of a model, or without a
        step the workflow's input; a step that is neither fails with it. What does not depend on the step is not run
        again. Forking into an id again does nothing but hint again. Raises
        RunNotFound, or StepNotFound where no finished step has that key.
        """
        meta = await self._meta_of(run_id)
        journal = await self.store.journal(run_id)
        try:
            shared = taken(journal, await self.events(run_id), step)
        except KeyError:
            raise StepNotFound(f"Run {run_id} has no finished step {step}.", run_id=run_id, step=step) from None
        if input is not None:
            field = "@input" if step is None else f"={step}"
            shared.journal[field] = self._packed_fork(meta.workflow if step is None else "", input, shared.journal)
        new_id = new_id or new_run_id()
        title = meta.title if title is None else title
        made_ms = now_ms()
        facts = {
            "workflow": meta.workflow,
            "owner": meta.owner if owner is None else owner,
            "title": title,
            "deployment": deployment or await self.target(),
            "created_ms": str(made_ms),
            "forked_from": run_id,
            "forked_at": step or "",
        }
        queued = {"type": "run.queued", "at": now_ms(), "workflow": meta.workflow, "title": title}
        queued["forked"] = {"run": run_id, "step": step}
        events = [queued, *shared.events]
        first = Batch(events=events[:EVENTS_A_BATCH], journal=shared.journal, status="queued")
        made = await self.store.create(new_id, facts, first)
        if made.code != "exists":
            for begin in range(EVENTS_A_BATCH, len(events), EVENTS_A_BATCH):
                await self.store.append_system(new_id, Batch(events=events[begin : begin + EVENTS_A_BATCH]))
        place = {"owner": facts["owner"], "deployment": facts["deployment"]}
        await self._hand_out(made, new_id, **place, made_ms=made_ms)
        return new_id

    def _packed_fork(self, workflow: str, input: dict[str, Any], journal: dict[str, bytes]) -> bytes:
        """Pack an edited input; secrets that it has, and that the source knew, are sealed in it."""
        where = "The fork's input"
        sealed = seal_input(self.ring, workflow, input).sealed
        if not sealed and FIELD not in journal:
            return _codec.pack(input, where=where)
        kept = journal.get(FIELD)
        known = RunSecrets(self.ring) if kept is None else RunSecrets.from_journal(self.ring, kept)
        if sealed:
            known.meet(set(self.ring.open(sealed)["values"]))
            journal[FIELD] = known.kept()
        return known.packed(input, where=where)

    # Signals: what a run is sent while it goes on

    def input_token(self, run_id: str, step: str) -> str:
        """Give the token under which that request for input is answered (`Engine.answer`). Raises ValueError."""
        if not self._secrets:
            raise ValueError("Engine(secret=...) is needed to make or check the tokens of requests for input")
        return input_token(self._secrets[0], run_id, step)

    def step_of_token(self, run_id: str, token: str) -> str | None:
        """Give the step whose request for input the token is for; None where it is none of this run's."""
        steps = (step_of_token(secret, run_id, token) for secret in self._secrets)
        return next((step for step in steps if step is not None), None)

    async def answer(self, run_id: str, token: str, value: Any) -> None:
        """Answer a request for input with a JSON `value`; the run goes on.

        Raises RunNotFound, or InputRefused where the token is not this run's, the value does not fit what was asked,
        the deadline has passed, or somebody answered before.
        """
        meta = await self._meta_of(run_id)
        step = self.step_of_token(run_id, token)
        asked = None if step is None else await self.store.journal_value(run_id, "!" + step)
        if step is None or asked is None or "asked" not in asked:
            raise _refused("unknown", "This address is for no question of this run.")
        if meta.closed or await self.store.journal_value(run_id, step) is not None:
            raise _refused("answered", "This question has been answered, or its run has ended.")
        if asked["until"] is not None and asked["until"] <= now_ms():
            raise _refused("expired", "The time for an answer to this question is over.")
        try:
            _codec.checked(value, where="This answer")
        except EncodingError as error:
            raise _refused("invalid", f"{error}") from None
        wrong = next(iter(Draft202012Validator(asked["schema"]).iter_errors(value)), None)
        if wrong is not None and wants_secret(asked["schema"]):
            raise _refused("invalid", "This answer does not fit what was asked.")
        if wrong is not None:
            where = ".".join(str(part) for part in wrong.absolute_path)
            raise _refused("invalid", f"This answer does not fit{f', at {where}' if where else ''}: {wrong.message}.")
        taken = await self._signal(
            meta,
            Batch(
                events=[{"type": "input.received", "at": now_ms(), "step": step}],
                inbox={f"{step}:{asked['asked']}": packed_answer(self.ring, asked["schema"], value)},
            ),
        )
        if taken == "answered":
            raise _refused("answered", "This question has been answered already.")

    async def pause(self, run_id: str, *, by: str = "") -> None:
        """Let the run rest from its next step boundary on, until `resume`. Raises RunNotFound, RunNotOpen."""
        meta = await self._meta_of(run_id)
        await self._must(meta, Batch(meta={"paused": "1", "paused_by": by}))
        if not meta.worker:
            await self.rest(meta)

    async def rest(self, meta: RunMeta) -> None:
        """Let a paused run that nobody holds stand as waiting."""
        event = {"type": "run.waiting", "at": now_ms(), "reason": "paused", "until": 0}
        batch = Batch(events=[event], meta={"waiting": _PAUSED}, status="waiting", due_ms=NEVER_MS)
        await self.store.append_system(meta.run_id, batch)
        await self.places.leave(meta)

    async def resume(self, run_id: str, *, by: str = "") -> None:
        """Let a paused run go on. Raises RunNotFound, RunNotOpen."""
        meta = await self._meta_of(run_id)
        event = {"type": "run.resumed", "at": now_ms(), "reason": "resumed", "by": by}
        await self._must(meta, Batch(events=[event], meta={"paused": "", "waiting": ""}, status="queued"))

    async def move(self, run_id: str, deployment: str, *, by: str = "") -> None:
        """Let another deployment go on with the run, knowingly: see `Deployments.preview` for what becomes of it.

        Nobody of the old deployment can take it from now on. A worker that holds it hands it over at its next step
        boundary. Raises UnknownDeployment, RunNotFound, RunNotOpen.
        """
        if await self.store.deployments.manifest(deployment) is None:
            raise UnknownDeployment(f"No worker has registered a deployment {deployment!r}.")
        meta = await self._meta_of(run_id)
        if meta.deployment == deployment:
            return
        batch = Batch(meta={"deployment": deployment})
        if not meta.worker:
            batch.events = [
                {"type": "run.resumed", "at": now_ms(), "reason": "moved", "deployment": deployment, "by": by}
            ]
            batch.status = "queued"
        await self._must(meta, batch)
        if not meta.worker:  # Who holds it keeps its place, and the next one takes it over.
            await self.places.leave(meta)
        moved = await self._meta_of(run_id)
        await self.hint(run_id, deployment=deployment, attempt=moved.attempt)
        if moved.paused and not moved.worker:
            await self.rest(moved)

    async def limit(
        self, run_id: str, *, tokens: int | None = None, cost_microusd: int | None = None, ms: int | None = None
    ) -> None:
        """Set the run's budget: tokens in all, cost (millionths of a US dollar), age in milliseconds; 0 for no limit.

        A run that comes to its budget waits before its next paid call; raised, it goes on. Raises RunNotFound,
        RunNotOpen.
        """
        fields = _budget_fields(tokens=tokens, cost_microusd=cost_microusd, ms=ms)
        await self._must(await self._meta_of(run_id), Batch(meta=fields))

    async def _must(self, meta: RunMeta, batch: Batch) -> None:
        if await self._signal(meta, batch) != "ok":
            raise RunNotOpen(f"This run has ended: it is {meta.status}.", run_id=meta.run_id)

    async def _signal(self, meta: RunMeta, batch: Batch) -> str:
        """Send the run something that its worker, or the next one, looks at; gives the script's code."""
        batch.increments["signals"] = 1
        if batch.due_ms is None:
            batch.due_ms = NOW_IF_FREE
        answer = await self.store.append_system(meta.run_id, batch)
        if answer.code == "ok" and batch.due_ms != NEVER_MS:
            await self.hint(meta.run_id, deployment=meta.deployment, attempt=meta.attempt)
        return answer.code

    async def _meta_of(self, run_id: str) -> RunMeta:
        meta = await self.store.meta(run_id)
        if meta is None:
            raise RunNotFound(f"Run {run_id} is not in Redis: it was archived, or never started.", run_id=run_id)
        return meta

    async def release(
        self, meta: RunMeta, *, reason: str, expired: bool = False, held: Held | None = None, innocent: bool = False
    ) -> bool:
        """Free the lease of a worker that is gone, say so in the log and hand the run out again.

        With `held` it is this run that held the worker; where it did so before, it ends as failed. The attempt of an
        `innocent` run is not counted among those without progress. With `expired` the lease is freed only where it has
        run out by Redis's clock. Return False where it has not, where another did it first, or where the lease has
        changed hands.
        """
        event: dict[str, Any] = {"type": "run.recovering", "at": now_ms(), "reason": reason, "worker": meta.worker}
        batch = Batch(events=[event], release=meta.worker, due_ms=now_ms() + 5_000)
        if held is not None:
            event["held"] = {"step": held.step, "seconds": held.seconds, "told": held.told}
            batch.increments["silenced"] = 1
        if held is not None or innocent:
            batch.meta["handed"] = "1"
        stopped = held is not None and meta.silenced + 1 >= SILENCED_TWICE
        if held is not None and stopped:
            batch.events.append({"type": "run.failed", "at": now_ms(), "error": describe(held.failure())})
            batch.status, batch.terminal, batch.due_ms = "failed", True, None
        answer = await self.store.append_system(meta.run_id, batch, expired=expired)
        if answer.code != "ok":
            return False
        if stopped:
            await self.places.leave(meta)
            return True
        await self.hint(meta.run_id, deployment=meta.deployment, attempt=meta.attempt)
        return True

    async def release_worker(self, worker_id: str, *, reason: str = "worker_died", held: Held | None = None) -> int:
        """Free every run that the worker holds, now rather than when the leases run out; return how many.

        `held` says that a run of it let nothing else in its process run: the others lose this attempt and no more.
        """
        named = [run_id for worker in await self.workers() if worker.id == worker_id for run_id in worker.runs]
        released = await self._release_all(named, worker_id, reason, held)
        # The heartbeat is up to a second old: it may not name the last ones.
        released += await self._release_all(await self.store.unfinished(), worker_id, reason, held)
        await self.store.forget_worker(worker_id)
        return released

    async def _release_all(self, run_ids: Sequence[str], worker_id: str, reason: str, held: Held | None) -> int:
        freed = 0
        metas = (await self.readable_metas(run_ids)).values()
        # The one that held it first: what takes the dead one's place holds nothing yet, and that run must be alone.
        for meta in sorted(metas, key=lambda meta: held is None or meta.run_id != held.run_id):
            if meta.worker != worker_id:
                continue
            if held is None or meta.run_id != held.run_id:
                freed += await self.release(meta, reason=reason, innocent=held is not None)
            else:
                freed += await self.release(meta, reason=reason, held=held)
        return freed

    # Reading

    async def meta(self, run_id: str) -> RunMeta | None:
        return await self.store.meta(run_id)

    async def metas(self, run_ids: Sequence[str]) -> dict[str, RunMeta]:
        return await self.store.metas(run_ids) if run_ids else {}

    async def readable_metas(self, run_ids: Sequence[str]) -> dict[str, RunMeta]:
        """Return the metas of those runs whose data can be read; the others are named in the log."""
        found, unreadable = await apart(run_ids, self.store.metas)
        for run_id, error in unreadable.items():
            log.error("run.unreadable", run_id=run_id, error=f"{type(error).__name__}: {error}")
        return found

    async def read(self, run_id: str, after: int = 0, limit: int = 1000, most_bytes: int | None = None) -> LogPage:
        return await self.store.read(run_id, after, limit, most_bytes)

    async def events(self, run_id: str) -> list[dict[str, Any]]:
        """Give the whole log, page by page; its beginning may be compacted."""
        events: list[dict[str, Any]] = []
        while True:
            page = await self.store.read(run_id, events[-1]["seq"] if events else 0)
            events.extend(page.events)
            if not page.events or page.events[-1]["seq"] >= page.last_seq:
                return events

    async def snapshot(self, run_id: str, state: State | None = None, log_id: str = "") -> tuple[RunMeta, State] | None:
        """Give the run's meta and the fold of its whole log, or None where Redis does not hold it.

        One round trip, however long the log. `state` is an earlier fold of the log `log_id`, which is changed in place
        where it can go on. Raises ValueError where the log has a hole.
        """
        seen = await self.store.glance(run_id, state["seq"] if state else 0, log_id)
        if seen is None:
            return None
        if seen.state is not None or state is None or seen.seq != state["seq"]:
            state = seen.state or new_state()
        events = seen.events
        if events and first_seq(events[0]) > state["seq"] + 1:
            events = []
        fold(events, state)
        while state["seq"] < seen.meta.last_seq:
            page = await self.store.read(run_id, state["seq"])
            if page.log_id != seen.meta.log_id:
                return await self.snapshot(run_id)
            if not page.events:
                raise ValueError(
                    f"The log of run {run_id} should reach {seen.meta.last_seq}, and ends at {state['seq']}."
                )
            fold(page.events, state)
        return seen.meta, state

    async def journal(self, run_id: str) -> list[StepRecord]:
        """Give the finished steps, oldest first."""
        raw = await self.store.journal(run_id)
        records = [StepRecord.from_journal(name, _codec.unpack(value)) for name, value in raw.items() if is_step(name)]
        return sorted(records, key=lambda record: (record.started_ms, record.turn, record.ended_ms))

    async def finished_step(self, run_id: str, step: str) -> StepRecord | None:
        """Return the finished step of that key; None where the run has none. Raises STORE_ERRORS."""
        record = await self.store.journal_value(run_id, step) if step and is_step(step) else None
        return None if record is None else StepRecord.from_journal(step, record)

    async def fault(self, run_id: str) -> str:
        """Return the traceback of a fault outside every step that ended the run, for staff alone; "" where none did.

        Faults inside a step are on its record (`StepRecord.traceback`). Raises STORE_ERRORS.
        """
        return await self.store.journal_value(run_id, FAULT) or ""

    async def possible_double_payments(self, run_id: str) -> list[PossibleDoublePayment]:
        """Give, from the log alone, the paid steps that were started again before they had ended."""
        return possible_double_payments(await self.events(run_id))

    async def input_of(self, run_id: str) -> Any:
        return await self.store.journal_value(run_id, "@input")

    async def output_of(self, run_id: str) -> Any:
        return await self.store.journal_value(run_id, "@output")

    async def workers(self) -> list[WorkerInfo]:
        return await self.store.workers()

    async def place(self, meta: RunMeta) -> Place | None:
        """Give the run's place in its owner's line, or None where it waits in none."""
        return await self.places.of(meta)

    async def why_waiting(self, meta: RunMeta) -> str:
        """Say in one sentence why an unfinished run is not moving; "" where it moves in a worker's hands."""
        if meta.closed:
            return ""
        workers = await self.workers()
        if meta.worker and meta.lease_until_ms > now_ms():
            return _silence(meta, workers)
        alive = any(worker.deployment == meta.deployment for worker in workers)
        place = await self.place(meta)
        if place is not None and alive:
            return f"{place}"
        if meta.waiting is not None:
            return sentence(meta.waiting)
        if not alive:
            return f"Waiting for a worker of deployment {meta.deployment}: none is alive."
        if meta.silenced:
            return "Waiting for a worker that runs nothing else: this run held one up before."
        none = no_room(workers, meta.deployment, now_ms())
        manifest = await self.store.deployments.manifest(meta.deployment)
        if manifest is not None and meta.workflow not in manifest["workflows"]:
            return (
                f"The code of deployment {meta.deployment} has no workflow {meta.workflow}: it waits for one that has."
            )
        if none:
            return f"Waiting for a free place: {none}."
        return "Waiting for a worker to take it."

    async def no_room(self) -> str:
        """Say why no worker could take a new run now: none answers, or all are busy; "" where one could.

        Raises STORE_ERRORS.
        """
        return no_room(await self.workers(), await self.target(), now_ms())

    async def silent_ms(self, meta: RunMeta) -> int:
        """Give for how long a held run has given no sign (an event, text, `heartbeat()`); 0 where nobody holds it."""
        return _silent_ms(meta, await self.workers())

    async def expire(self, run_id: str, seconds: int) -> None:
        """Let the run's keys go after that time; for a run that has been archived."""
        await self.store.expire(run_id, seconds)

    async def healthy(self) -> str:
        """Give "" where Redis answers, else the sentence that says why not."""
        try:
            await self.store.ping()
        except STORE_ERRORS as error:
            return f"Redis does not answer: {error}"
        return ""


def _silent_ms(meta: RunMeta, workers: Sequence[WorkerInfo]) -> int:
    marks = (worker.marks.get(meta.run_id, 0) for worker in workers if worker.id == meta.worker)
    mark = next(marks, 0)
    return max(0, now_ms() - mark) if mark else 0


def _blocked(meta: RunMeta, worker: WorkerInfo) -> str:
    step = f"the step “{worker.blocked_step}”" if worker.blocked_step else "code"
    seconds = worker.blocked_ms // 1000
    if worker.blocked_by == meta.run_id:
        return f"{step[0].upper()}{step[1:]} of this run has blocked its worker for {seconds} s: it does not await."
    return f"Its worker is blocked: {step} of another run has let nothing else run for {seconds} s."


def _silence(meta: RunMeta, workers: Sequence[WorkerInfo]) -> str:
    worker = next((worker for worker in workers if worker.id == meta.worker), None)
    if worker is not None and now_ms() - worker.beat_ms > DEAD_AFTER_MS:
        return "Its worker is not heard of any more. Another one takes over when the lease runs out, within 10 s."
    if worker is not None and worker.blocked_ms:
        return _blocked(meta, worker)
    silent = _silent_ms(meta, workers)
    if silent < SILENT_AFTER_MS:
        return ""
    return f"Its worker is alive, but the run has given no sign for {silent // 1000} s."
