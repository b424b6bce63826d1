"""The rules: what is wrong, judged from facts alone. Pure.

Each rule answers with a finding for each subject that it finds wrong, in a sentence that says what it is and where to
look. A rule says nothing where its facts are not known; `judged` names those that could be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from runs.presentation import words


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is wrong, as the settings have it. `spend_usd` is in US dollars an hour."""

    queue: timedelta = timedelta(minutes=10)
    silence: timedelta = timedelta(minutes=10)
    spend_times: float = 3.0
    spend_usd: float = 1.0
    failures: int = 5


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A deployment's runs: that wait to start, since when the oldest does, under way; and how many workers it has."""

    waiting: int
    oldest: datetime | None
    running: int
    workers: int


@dataclass(frozen=True, slots=True)
class SilentRun:
    """A run that a worker holds, and when it last gave a sign."""

    run_id: str
    title: str
    worker: str
    last_sign: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at `now`. None for what could not be asked: then no rule about it finds anything, or ends.

    `spent_usd` is what is known to be spent in the last hour, `usual_usd` in an hour of the days before, on average.
    `down` maps providers to how often in a row they failed, `failures` components to how many runs failed of them in
    the last hour.
    """

    now: datetime
    redis_away: str = ""
    queues: Mapping[str, QueueFacts] | None = None
    held: Sequence[SilentRun] | None = None
    down: Mapping[str, int] | None = None
    spent_usd: float | None = None
    usual_usd: float = 0.0
    failures: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. `filters` lead to the runs that it is about; empty where it is about none."""

    rule: str
    subject: str
    text: str
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name for people, for how long it must hold before anybody is told, and how it judges."""

    title: str
    after: timedelta
    judge: Callable[[Facts, Limits], Iterator[Finding] | None]


def _redis_away(facts: Facts, limits: Limits) -> Iterator[Finding] | None:
    if not facts.redis_away:
        return iter(())
    text = f"Redis does not answer ({facts.redis_away}). Runs stand still and go on when it is back; none is lost."
    return iter((Finding("redis-away", "redis", text),))


def _no_workers(facts: Facts, limits: Limits) -> Iterator[Finding] | None:
    if facts.queues is None:
        return None
    return (
        Finding(
            "no-workers",
            name,
            f"{words.amount(queue.waiting + queue.running, 'run')} on deployment {name}, and no worker of it is alive. "
            "Start one, or move the runs to another deployment.",
            {"deployment": name, "status": "open"},
        )
        for name, queue in facts.queues.items()
        if not queue.workers and queue.waiting + queue.running
    )


def _stuck_queue(facts: Facts, limits: Limits) -> Iterator[Finding] | None:
    if facts.queues is None:
        return None
    return (
        Finding(
            "stuck-queue",
            name,
            f"{words.amount(queue.waiting, 'run')} on deployment {name} wait to start, the oldest for "
            f"{words.duration((facts.now - queue.oldest).total_seconds())}.",
            {"deployment": name, "status": "queued"},
        )
        for name, queue in facts.queues.items()
        # Without workers `_no_workers` says so already.
        if queue.workers and queue.waiting and queue.oldest and facts.now - queue.oldest >= limits.queue
    )


def _silent_run(facts: Facts, limits: Limits) -> Iterator[Finding] | None:
    if facts.held is None:
        return None
    return (
        Finding(
            "silent-run",
            run.run_id,
            f"“{run.title}” has given no sign for {words.duration((facts.now - run.last_sign).total_seconds())}, "
            f"though its worker {run.worker} is alive.",
            {"q": run.run_id},
        )
        for run in facts.held
        if facts.now - run.last_sign >= limits.silence
    )


def _provider_down(facts: Facts, limits: Limits) -> Iterator[Finding] | None:
    if facts.down is None:
        return None
    return (
        Finding(
            "provider-down",
            name,
            f"The provider {name} has failed {words.amount(failures, 'request')} in a row. Runs wait for it, or "
            "go to the next provider; none fails because of it.",
            {"waits": "provider"},
        )
        for name, failures in facts.down.items()
    )


def _spend_spike(facts: Facts, limits: Limits) -> Iterator[Finding] | None:
    if facts.spent_usd is None:
        return None
    if facts.spent_usd < max(limits.spend_usd, limits.spend_times * facts.usual_usd):
        return iter(())
    text = f"${facts.spent_usd:,.2f} was spent in the last hour; an hour usually costs ${facts.usual_usd:,.2f}."
    return iter((Finding("spend-spike", "spend", text, {"since": "1h", "cost": "0.01"}),))


def _failing(facts: Facts, limits: Limits) -> Iterator[Finding] | None:
    if facts.failures is None:
        return None
    return (
        Finding(
            "failing-component",
            name,
            f"{words.amount(count, 'run')} failed in the component “{name}” in the last hour.",
            {"status": "failed", "since": "1h"},
        )
        for name, count in facts.failures.items()
        if count >= limits.failures
    )


RULES = {
    "redis-away": Rule("Redis is away", timedelta(minutes=1), _redis_away),
    "no-workers": Rule("Work and no workers", timedelta(minutes=2), _no_workers),
    "stuck-queue": Rule("Stuck queue", timedelta(0), _stuck_queue),
    "silent-run": Rule("Silent run", timedelta(0), _silent_run),
    "provider-down": Rule("Provider down", timedelta(minutes=1), _provider_down),
    "spend-spike": Rule("Spend spike", timedelta(0), _spend_spike),
    "failing-component": Rule("Failing component", timedelta(0), _failing),
}


def judged(facts: Facts, limits: Limits) -> dict[str, list[Finding]]:
    """Return what each rule found; a rule that could not judge is left out."""
    answers = {name: rule.judge(facts, limits) for name, rule in RULES.items()}
    return {name: list(found) for name, found in answers.items() if found is not None}
