"""When what happened in a run: of each step its tries and waits, of the run its attempts. For traces.

A fold of the log beside `fold`, which says how things stand and not how they came about. A span is a list, so that it
can be stored as JSON: kind, begin and end in epoch milliseconds (0 while it goes on), and a note.

| kind          | of a step                             | of the run                             | note |
| ------------- | ------------------------------------- | -------------------------------------- | ---- |
| `work`        | a try that goes on                    |                                        | |
| `done`        | the try that gave its result          |                                        | |
| `failed`      | a try that failed                     |                                        | its error |
| `interrupted` | a try that its worker did not end     |                                        | |
| `left`        | a try that was left, since all waited |                                        | |
| `stopped`     | a try that the run's end cut off      |                                        | |
| `backoff`     | the time before the next try          |                                        | |
| `wait`        | waiting for something else            | nobody holds it, since it waits        | for what |
| `queued`      |                                       | ready, and no worker has taken it yet  | why again |
| `attempt`     |                                       | a worker holds it                      | the worker |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
Span = list[Any]

MOST_SPANS = 200
"""Of one step, or of the run: of what comes after, only the last is kept up to date."""
NOTE_CHARS = 300


@dataclass(slots=True)
class StepTimes:
    """What the log says of one step: who works on it, in which attempt, and its spans in their order.

    `cached` is the run that made its result, where that was not computed but found.
    """

    worker: str = ""
    attempt: int = 0
    cached: str = ""
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Timeline:
    """The fold, up to event `seq`: the steps by key, and the run's own spans."""

    seq: int = 0
    worker: str = ""
    steps: dict[str, StepTimes] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)


def follow(timeline: Timeline, events: Iterable[Event]) -> Timeline:
    """Take up the events that follow, in place, and return the timeline. Those it has seen change nothing."""
    for event in events:
        if event["seq"] <= timeline.seq:
            continue
        handler = _HANDLERS.get(event["type"])
        if handler is not None:
            handler(timeline, event)
        timeline.seq = event["seq"]
    return timeline


def _begin(spans: list[Span], kind: str, at: int, note: str = "") -> None:
    _end(spans, at)
    if len(spans) >= MOST_SPANS:
        spans.pop()
    spans.append([kind, at, 0, note[:NOTE_CHARS]])


def _end(spans: list[Span], at: int, kind: str = "", note: str = "") -> None:
    """End the span that goes on, if one does; work becomes `kind`."""
    if not spans or spans[-1][2]:
        return
    last = spans[-1]
    if last[1] > at:  # A next try that was to begin later.
        spans.pop()
        return
    last[2] = at
    if kind and last[0] == "work":
        last[0], last[3] = kind, note[:NOTE_CHARS]


def _queued(timeline: Timeline, event: Event) -> None:
    if timeline.spans and timeline.spans[-1][0] == "attempt" and not timeline.spans[-1][2]:
        return  # Asked to rest and to go on, before its worker came to a step boundary: it was held all the time.
    _begin(timeline.spans, "queued", event["at"], str(event.get("reason") or ""))


def _started(timeline: Timeline, event: Event) -> None:
    timeline.worker = event["worker"]
    _begin(timeline.spans, "attempt", event["at"], timeline.worker)


def _waiting(timeline: Timeline, event: Event) -> None:
    reasons = {wait.get("step", ""): wait.get("reason", "") for wait in event.get("for", ())}
    _begin(timeline.spans, "wait", event["at"], event["reason"])
    for key, times in timeline.steps.items():
        if times.spans and not times.spans[-1][2]:
            _end(times.spans, event["at"], "left")
            if times.spans and times.spans[-1][2] > event["at"]:
                continue  # The time before its next try is told already.
            _begin(times.spans, "wait", event["at"], reasons.get(key) or event["reason"])


def _released(timeline: Timeline, event: Event) -> None:
    _begin(timeline.spans, "queued", event["at"], event["type"].removeprefix("run."))
    for times in timeline.steps.values():
        _end(times.spans, event["at"], "interrupted")


def _ended(timeline: Timeline, event: Event) -> None:
    _end(timeline.spans, event["at"])
    for times in timeline.steps.values():
        _end(times.spans, event["at"], "stopped")


def _step_started(timeline: Timeline, event: Event) -> None:
    times = timeline.steps.setdefault(event["step"], StepTimes())
    times.worker, times.attempt = timeline.worker, event.get("attempt", 0)
    _begin(times.spans, "work", event["at"])


def _step_retrying(timeline: Timeline, event: Event) -> None:
    times = timeline.steps.get(event["step"])
    if times is None:
        return
    at = event["at"]
    _end(times.spans, at, "failed", _message(event))
    _begin(times.spans, "backoff", at)
    _begin(times.spans, "work", at + event.get("delay_ms", 0))


def _step_ended(timeline: Timeline, event: Event) -> None:
    times = timeline.steps.get(event["step"])
    if times is None:
        return
    failed = event["type"] == "step.failed"
    _end(times.spans, event["at"], "failed" if failed else "done", _message(event) if failed else "")
    cache = event.get("cache") or {}
    times.cached = str(cache.get("run") or "") if cache.get("hit") else ""
    waits: list[Span] = [["wait", begin, end, reason] for reason, begin, end in event.get("waits", ())]
    times.spans = sorted([*times.spans, *waits][:MOST_SPANS], key=lambda span: span[1]) if waits else times.spans


def _message(event: Event) -> str:
    return str((event.get("error") or {}).get("message") or "")


_HANDLERS: dict[str, Callable[[Timeline, Event], None]] = {
    "run.queued": _queued,
    "run.started": _started,
    "run.waiting": _waiting,
    "run.resumed": _queued,
    "run.recovering": _released,
    "run.handed_over": _released,
    "run.completed": _ended,
    "run.failed": _ended,
    "run.cancelled": _ended,
    "step.started": _step_started,
    "step.retrying": _step_retrying,
    "step.completed": _step_ended,
    "step.failed": _step_ended,
}
