"""The rows of the fleet's page: what a look found, in words, marks and sizes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from genisys import Provider
from genisys.host import Deployment, GateState, WorkerInfo
from runs.presentation import words
from runs.presentation.words import Moment
from staff.addresses import run_address, runs_address
from staff.charts import Bar, bars, share
from staff.fleet.look import Queue
from staff.narrowing import waits

RUNS_SHOWN = 5
METER = 100.0


@dataclass(frozen=True, slots=True)
class State:
    """A state: how loud it is (`tone`, a class of the site's), its mark and its word."""

    tone: str
    mark: str
    word: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker. `full` is the share of its places that are taken, on METER; `note` says what is the matter with it."""

    id: str
    host: str
    pid: int
    deployment: str
    state: State
    started: Moment
    beat: str
    busy: int
    places: int
    full: float
    runs: list[Link]
    more: Link | None
    note: str
    drains: bool
    may_drain: bool
    is_dead: bool


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """A deployment with its queue: `parked` says for what its parked runs wait. `note` names what to mend."""

    name: str
    state: State
    since: Moment | None
    workers: int
    queue: Queue
    oldest: str
    open_url: str
    waiting_url: str
    parked: list[Link]
    may_promote: bool
    may_drain: bool
    note: str


@dataclass(frozen=True, slots=True)
class Meter:
    """A quota of the present minute: used and allowed in words, and the used share on METER."""

    text: str
    full: float


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider and its gate: how it stands, its quota, and what was asked of it in the last hours."""

    name: str
    host: str
    gate: str
    state: State
    until: Moment | None
    meters: list[Meter]
    hour: str
    bars: list[Bar]
    chart: str
    is_held: bool


WORKER_STATES = {
    "starting": State("rest", "·", "starting"),
    "idle": State("rest", "·", "idle"),
    "busy": State("go", "▸", "busy"),
    "draining": State("warn", "◐", "draining"),
    "drained": State("rest", "–", "drained"),
    "stale": State("warn", "!", "stale"),
    "dead": State("bad", "!", "dead"),
}
DEPLOYMENT_STATES = {
    "promoted": State("good", "✓", "takes new runs"),
    "ready": State("rest", "·", "ready"),
    "draining": State("warn", "◐", "draining"),
    "drained": State("rest", "–", "drained"),
    "unknown": State("warn", "!", "never registered"),
}


def worker_row(worker: WorkerInfo, state: str, titles: Mapping[str, str], now: datetime) -> WorkerRow:
    """Return the row of a worker at that time."""
    silent_s = max(0.0, now.timestamp() - worker.beat_ms / 1000)
    shown = [Link(titles.get(run_id, run_id), run_address(run_id)) for run_id in worker.runs[:RUNS_SHOWN]]
    left = len(worker.runs) - len(shown)
    return WorkerRow(
        id=worker.id,
        host=worker.host,
        pid=worker.pid,
        deployment=worker.deployment,
        state=WORKER_STATES[state],
        started=words.day(_at(worker.started_ms)),
        beat=f"{words.duration(silent_s)} ago",
        busy=len(worker.runs),
        places=worker.concurrency,
        full=share(len(worker.runs), worker.concurrency, METER),
        runs=shown,
        more=Link(f"and {left} more", runs_address(worker=worker.id, status="unfinished")) if left else None,
        note=_worker_note(worker, state, silent_s),
        drains=worker.asked_to_drain and not worker.stopping and state != "dead",
        may_drain=not (worker.stopping or worker.asked_to_drain) and state != "dead",
        is_dead=state == "dead",
    )


def _worker_note(worker: WorkerInfo, state: str, silent_s: float) -> str:
    if state == "dead":
        held = words.amount(len(worker.runs), "run")
        return f"Not heard of for {silent_s:.0f} s. {held} went to other workers." if worker.runs else ""
    if state == "stale":
        return f"No heartbeat for {silent_s:.0f} s. Its runs go to other workers after 10 s."
    if worker.blocked_ms:
        step = f"The step “{worker.blocked_step}”" if worker.blocked_step else "Code that does not await"
        return f"{step} has let nothing else run for {worker.blocked_ms // 1000} s."
    if worker.stopping:
        return "It is stopping: its process was told to end."
    if worker.draining and not worker.asked_to_drain:
        return "It takes runs again from its next heartbeat on."
    if state == "draining":
        return "It takes no new run. Those it holds leave it at their next step."
    return "It takes no run until it is told to." if state == "drained" else ""


def _since_ms(deployment: Deployment) -> int:
    """Return when the deployment came into its state."""
    return {
        "promoted": deployment.promoted_ms,
        "draining": deployment.draining_ms,
        "drained": deployment.drained_ms,
    }.get(deployment.state, deployment.registered_ms)


def deployment_row(deployment: Deployment, queue: Queue, now: datetime) -> DeploymentRow:
    """Return the row of a deployment at that time."""
    since_ms = _since_ms(deployment)
    stuck = queue.waiting + queue.running and not deployment.workers
    known = deployment.state != "unknown"
    return DeploymentRow(
        name=deployment.name,
        state=DEPLOYMENT_STATES[deployment.state],
        since=words.day(_at(since_ms)) if since_ms else None,
        workers=deployment.workers,
        queue=queue,
        oldest=words.duration((now - queue.oldest).total_seconds()) if queue.oldest else "",
        open_url=runs_address(deployment=deployment.name, status="open"),
        waiting_url=runs_address(deployment=deployment.name, status="queued"),
        parked=[
            Link(f"{queue.parked_for[word]:,} for {said}", _parked_address(deployment.name, word))
            for word, said in waits.WORDS.items()
            if queue.parked_for.get(word)
        ],
        may_promote=known and deployment.state != "promoted",
        may_drain=deployment.state == "ready",
        note="It has open runs and no worker: start one, or move them to another deployment." if stuck else "",
    )


def _parked_address(deployment: str, word: str) -> str:
    return runs_address(deployment=deployment, status="waiting", waits=word)


def provider_row(provider: Provider, gate: GateState | None, now: datetime) -> ProviderRow:
    """Return the row of a provider at that time; without a gate, of one whose gate cannot be asked."""
    seen = gate or GateState()
    state, until_ms = ("rest", "·", "not known"), 0
    if gate is not None:
        state, until_ms = _standing(gate, round(now.timestamp() * 1000))
    last = seen.hours[-1] if seen.hours else None
    tokens = [use.tokens for use in seen.hours]
    asked = [use.answered + use.failed + use.limited for use in seen.hours]
    what, values = ("tokens", tokens) if any(tokens) else ("requests", asked)
    labels = [f"{_at(use.from_ms):%H:%M} UTC: {count:,} {what}" for use, count in zip(seen.hours, values, strict=True)]
    hour = ""
    if last is not None and asked[-1]:
        hour = f"{last.answered:,} answered, {last.failed:,} failed, {last.limited:,} limited, {last.tokens:,} tokens"
    return ProviderRow(
        name=provider.name,
        host=provider.host,
        gate=provider.gate,
        state=State(*state),
        until=words.day(_at(until_ms)) if until_ms else None,
        meters=_meters(provider, seen),
        hour=hour,
        bars=bars(values, labels, width=160, height=24) if any(values) else [],
        chart=f"{what.capitalize()} by hour, the last {words.amount(len(values), 'hour')}: {sum(values):,} in all",
        is_held=bool(seen.held_until_ms),
    )


def _standing(gate: GateState, now_ms: int) -> tuple[tuple[str, str, str], int]:
    """Return tone, mark and word for a gate, and until when that holds (epoch ms, 0 for no known end)."""
    if gate.held_until_ms > now_ms:
        return ("warn", "–", "paused by hand"), gate.held_until_ms
    if gate.is_open:
        return ("bad", "!", f"down, {words.amount(gate.row, 'failure')} in a row"), max(gate.down_until_ms, 0)
    if gate.paused_until_ms > now_ms:
        return ("warn", "◐", "asked us to wait"), gate.paused_until_ms
    if gate.row:
        return ("warn", "!", f"{words.amount(gate.row, 'failure')} in a row"), 0
    if any(use.answered for use in gate.hours[-2:]):
        return ("good", "✓", "answers"), 0
    return ("rest", "·", "not asked lately"), 0


def rests(gate: GateState, now_ms: int) -> str:
    """Return in words why no request leaves through a gate just now, "" where they do."""
    (_, _, word), until_ms = _standing(gate, now_ms)
    return word if gate.is_open or until_ms > now_ms else ""


def _meters(provider: Provider, gate: GateState) -> list[Meter]:
    use = gate.hours[-1] if gate.hours else None
    used = (use.minute_requests, use.minute_tokens) if use else (0, 0)
    quotas = (provider.requests_per_minute, "requests"), (provider.tokens_per_minute, "tokens")
    return [
        Meter(f"{count:,} of {quota:,.0f} {what} this minute", share(count, quota, METER))
        for count, (quota, what) in zip(used, quotas, strict=True)
        if quota
    ]


def pauses() -> Sequence[tuple[str, str]]:
    """Return for how long a provider may be paused: minutes, and how that is said."""
    return [("15", "15 minutes"), ("60", "1 hour"), ("360", "6 hours"), ("1440", "1 day"), ("10080", "1 week")]


def size(count: int) -> str:
    """Return a number of bytes as people read it: "812 B", "1.4 MB"."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def up(seconds: int) -> str:
    """Return for how long something has been up: in days from the second one on."""
    days = timedelta(seconds=seconds).days
    return words.amount(days, "day") if days > 1 else words.duration(seconds)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
