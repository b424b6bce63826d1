"""What would come of a deed, in sentences for whoever is about to do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import Http404

from genisys import UnknownDeployment, UserError
from genisys.host import MUST_STAY, PAYS_AGAIN, RESUMES, Deployment, Deployments, Fate, WorkerInfo, Workers
from runs.engines import engine
from runs.presentation import words
from staff.addresses import run_address
from staff.fleet.deeds import provider_of
from staff.fleet.look import queues_by_deployment

RUNS_READ = 50
"""Of so many runs the fate under other code is worked out: each is read as a whole."""


@dataclass(frozen=True, slots=True)
class FateRow:
    """A run's fate under other code, with the way to the run."""

    title: str
    url: str
    deployment: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of a deed. `warning` is "" where nothing speaks against it."""

    says: list[str]
    warning: str = ""
    summary: str = ""
    fates: list[FateRow] = field(default_factory=list)


async def of_worker(worker_id: str, *, drains: bool) -> Preview:
    """Say what comes of a worker that drains, or takes runs again. Raises Http404 for one that is not alive."""
    alive = await Workers(engine()).all()
    worker = next((worker for worker, _ in alive if worker.id == worker_id), None)
    if worker is None:
        raise Http404("There is no such worker any more.")
    if not drains:
        return Preview(["It takes runs again from its next heartbeat on."])
    held = words.amount(len(worker.runs), "run")
    says = ["From its next heartbeat on it takes no new run, until it is told to or its process restarts."]
    if worker.runs:
        says.append(f"It holds {held}, which leave it at their next step. What their steps have done is kept.")
    others = [other for other, state in alive if _can_help(other, state, worker)]
    room = sum(other.concurrency - len(other.runs) for other in others)
    if not others:
        return Preview(says, f"No other worker of {worker.deployment} takes runs: they wait until one does.")
    if room < len(worker.runs):
        return Preview(says, f"The other workers of {worker.deployment} have {_places(room)}: some runs will wait.")
    return Preview([*says, f"The other workers of {worker.deployment} have {_places(room)}."])


def _places(room: int) -> str:
    return words.amount(room, "free place") if room else "no free place"


def _can_help(other: WorkerInfo, state: str, worker: WorkerInfo) -> bool:
    usable = state in ("starting", "idle", "busy")
    return usable and other.id != worker.id and other.deployment == worker.deployment


async def of_promotion(name: str) -> Preview:
    """Say what comes of promoting a deployment. Raises Http404 for one that is not known."""
    found, others = await _deployments(name)
    says = [f"Runs that start from now on go to {name}."]
    stay = sum(each.unfinished for each in others)
    if stay:
        keeps = "stays on the code it" if stay == 1 else "stay on the code they"
        noun = words.amount(stay, "open run")
        says.append(f"{noun} on other deployments {keeps} began with, and older deployments drain.")
    warning = "" if found.workers else f"{name} has no worker: runs that start would wait until one is there."
    try:
        fates = await Deployments(engine()).preview(name, RUNS_READ) if stay else []
    except UnknownDeployment:
        raise Http404("There is no such deployment any more.") from None
    return Preview(says, warning, _summary(fates, stay), [_fate_row(each) for each in fates])


async def of_draining(name: str) -> Preview:
    """Say what comes of draining a deployment. Raises Http404 for one that is not known."""
    found, _ = await _deployments(name)
    runs = f"Its {words.amount(found.unfinished, 'open run')} go on until they end. " if found.unfinished else ""
    return Preview([f"{name} is taken out of service. {runs}Promoting it later brings it back."])


async def of_pause(gate: str) -> Preview:
    """Say what comes of pausing a provider. Raises Http404 for one that the settings do not name."""
    name = _provider_name(gate)
    return Preview(
        [
            f"No new request goes to {name}. Those on their way end as usual.",
            "Where another provider serves the same model, it is asked instead. Where none does, runs wait off their "
            "workers and go on by themselves when the pause ends; none fails because of it.",
        ]
    )


async def of_resumption(gate: str) -> Preview:
    """Say what comes of ending a pause early. Raises Http404 as `of_pause`."""
    return Preview([f"Runs that wait for {_provider_name(gate)} go on within 15 seconds."])


def _provider_name(gate: str) -> str:
    try:
        return provider_of(gate).name
    except UserError as error:
        raise Http404(error.message) from error


async def _deployments(name: str) -> tuple[Deployment, list[Deployment]]:
    queues = await queues_by_deployment()
    all_ = await Deployments(engine()).all({each: queue.open for each, queue in queues.items()})
    found = next((each for each in all_ if each.name == name and each.state != "unknown"), None)
    if found is None:
        raise Http404("There is no such deployment.")
    return found, [each for each in all_ if each.name != name]


def _fate_row(found: Fate) -> FateRow:
    return FateRow(found.title or found.run_id, run_address(found.run_id), found.deployment, found.sentence)


def _summary(fates: Sequence[Fate], open_runs: int) -> str:
    """Say how many of the runs would go on under the new code if they were moved, and what is paid again."""
    if not fates:
        return ""
    counted = Counter(each.outcome for each in fates)
    parts = [
        f"{counted[outcome]} {said}"
        for outcome, said in ((RESUMES, "would go on"), (MUST_STAY, "could not"), (PAYS_AGAIN, "would pay again"))
        if counted[outcome]
    ]
    again = [each.cost_microusd for each in fates if each.outcome == PAYS_AGAIN]
    known = sum(cost or 0 for cost in again)
    money = words.cost(None if None in again else known, known)
    which = f"the oldest {len(fates)}" if len(fates) < open_runs else "they"
    told = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"Were {which} moved to the new code, {told}{f' ({money})' if again and money else ''}."
