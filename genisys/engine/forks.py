"""Going on from what is recorded: a retry of the same run, and forks of it."""

from __future__ import annotations

from typing import Any

from ..core import codec
from ..core.clock import now_ms
from ..core.ids import new_run_id
from ..errors import RunNotOpen, StepNotFound
from ..journal import fields
from ..journal.fork import Taken, taken
from ..secrets.run_secrets import RunSecrets
from ..secrets.sealed_input import seal_input
from ..store.records import Append, Appended, RunMeta
from .reading import Reading

EVENTS_A_BATCH = 1000


def was_unknown() -> dict[str, Any]:
    """Return the event of a run that was recorded before, and that Redis did not know."""
    return {"type": "run.redis_changed", "at": now_ms(), "whole": True}


class Forks(Reading):
    """Runs that begin with what another, or they themselves, have done and paid for."""

    async def retry(self, run_id: str) -> None:
        """Let a failed or cancelled run go on from its journal: completed steps stay done, failed ones run again.

        Raises RunNotFound, or RunNotOpen where the run completed or has not ended.
        """
        meta = await self._meta_of(run_id)
        if meta.status not in ("failed", "cancelled"):
            raise RunNotOpen(
                f"This run is {meta.status}; only a failed or cancelled one can be retried.", run_id=run_id
            )
        # Before the reopening, so that no worker sees the failures: a crash in between leaves an ended run to retry.
        await self._forget_failures(run_id)
        answer = await self.store.append_system(
            run_id,
            Append(
                events=[{"type": "run.resumed", "at": now_ms(), "reason": "retry"}],
                # "handed": the failed attempt is not counted as one that broke off.
                meta={"cancel": "", "attempts_without_progress": "0", "silenced": "0", "handed": "1", "ended_ms": "0"},
                status="queued",
                due_ms=now_ms() + 5_000,  # where the wakeup is lost, the watch sends another then
            ),
            reopen=True,
        )
        if answer.code != "ok":
            raise RunNotOpen("This run has not ended, so there is nothing to retry.", run_id=run_id)
        await self.wake(run_id, deployment=meta.deployment, attempt=meta.attempt)

    async def _forget_failures(self, run_id: str) -> None:
        journal = await self.store.journal(run_id)
        failed = [
            name for name, raw in journal.items() if fields.is_step(name) and codec.unpack(raw)["status"] == "failed"
        ]
        forgotten = [fields.FAULT]
        for step in failed:
            # Also what it remembers and has emitted: its body runs from the start, with all its tries.
            forgotten += [step, fields.emitted_by(step), fields.memory_of(step)]
        await self.store.drop_from_journal(run_id, forgotten)

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
        unknown: bool = False,
    ) -> str:
        """Make a new run that shares the journal of this one up to `step`, which runs again; return the new run's id.

        `input` replaces the arguments of that component (by name) or the request of that model call, or without a step
        the workflow's input; a step of any other kind fails with it. What does not depend on the step is not run again.
        Forking into an id again does nothing but send another wakeup; `unknown` is as in `start`. Raises RunNotFound,
        or StepNotFound where no finished step has that key.
        """
        meta = await self._meta_of(run_id)
        shared = await self._shared(meta, step, input)
        if unknown:
            shared.events.insert(0, was_unknown())
        new_id = new_id or new_run_id()
        made_ms = now_ms()
        facts = {
            "workflow": meta.workflow,
            "owner": meta.owner if owner is None else owner,
            "title": meta.title if title is None else title,
            "deployment": deployment or await self.target(),
            "created_ms": str(made_ms),
            "forked_from": run_id,
            "forked_at": step or "",
        }
        made = await self._create_fork(new_id, facts, shared, step)
        place = {"owner": facts["owner"], "deployment": facts["deployment"]}
        await self._hand_out(made, new_id, **place, made_ms=made_ms)
        return new_id

    async def _shared(self, meta: RunMeta, step: str | None, input: dict[str, Any] | None) -> Taken:
        """Return what a fork takes over, with the `input` that it gives. Raises StepNotFound."""
        run_id = meta.run_id
        try:
            journal, events = await self.store.journal(run_id), await self.events(run_id)
            shared = taken(journal, events, step, other_input=step is None and input is not None)
        except KeyError:
            raise StepNotFound(f"Run {run_id} has no finished step {step}.", run_id=run_id, step=step) from None
        if input is not None:
            field = fields.INPUT if step is None else fields.given_to(step)
            shared.journal[field] = self._packed_fork(meta.workflow if step is None else "", input, shared.journal)
        return shared

    async def _create_fork(self, new_id: str, facts: dict[str, str], shared: Taken, step: str | None) -> Appended:
        """Create the run with what it shares. It is handed out after its last event, so no worker writes in between."""
        queued = {"type": "run.queued", "at": now_ms(), "workflow": facts["workflow"], "title": facts["title"]}
        queued["forked"] = {"run": facts["forked_from"], "step": step}
        events = [queued, *shared.events]
        first = Append(events=events[:EVENTS_A_BATCH], journal=shared.journal, status="queued")
        made = await self.store.create(new_id, facts, first)
        if made.code != "exists":  # Else an earlier call has created it, and wrote these.
            for begin in range(EVENTS_A_BATCH, len(events), EVENTS_A_BATCH):
                await self.store.append_system(new_id, Append(events=events[begin : begin + EVENTS_A_BATCH]))
        return made

    def _packed_fork(self, workflow: str, input: dict[str, Any], journal: dict[str, bytes]) -> bytes:
        """Return an edited input packed; secrets that it has or that the source knew are sealed in it."""
        where = "The fork's input"
        sealed = seal_input(self.ring, workflow, input).sealed
        if not sealed and fields.SECRETS not in journal:
            return codec.pack(input, where=where)
        kept = journal.get(fields.SECRETS)
        known = RunSecrets(self.ring) if kept is None else RunSecrets.from_journal(self.ring, kept)
        if sealed:
            known.learn(set(self.ring.open(sealed)["values"]))
            journal[fields.SECRETS] = known.kept()
        return known.packed(input, where=where)
