"""A run that is over, made of a short script: its log, journal, steps and archive are those of a real one.

Times are seconds from the run's start, so that a picture of a run shows the same bars whenever it is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from genisys.host import StepRecord, Timeline, fold, follow
from runs.models import Run, Step
from runs.record import archive
from runs.record.steps import step_rows
from staff.money import ledger

WORKER = "web-1:4127:9c2e41"


@dataclass(frozen=True)
class Done:
    """One step. `tries` are those that failed: their end, when the next one began, and what was wrong.

    `cost` is in millionths of a US dollar; `cut_off` is a step that the end of the run left unfinished.
    """

    name: str
    begin: float
    end: float
    title: str = ""
    inside: str = ""
    key: str = ""
    input: Any = None
    output: Any = None
    error: dict[str, Any] | None = None
    traceback: str = ""
    tries: tuple[tuple[float, float, str], ...] = ()
    model: str = ""
    tokens: tuple[int, int] = (0, 0)
    cost: int = 0
    cached_from: str = ""
    waits: tuple[tuple[str, float, float], ...] = ()
    cut_off: bool = False

    @property
    def place(self) -> str:
        return self.key or self.name


@dataclass
class Recorded:
    """A run's script. `said` are further events: seconds, type and fields."""

    workflow: str
    title: str
    steps: list[Done]
    seconds: float
    status: str = "completed"
    said: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    queued: float = 0.4
    input: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    error: dict[str, Any] | None = None
    worker: str = WORKER

    def write(self, owner: Any, ended: datetime, *, deployment: str = "v42", **fields: Any) -> Run:
        """Write the run with all that is kept of it, as ended then."""
        begin = ended - timedelta(seconds=self.seconds)
        events = self._events(round(begin.timestamp() * 1000))
        journal = [
            self._record(step, turn, events[0]["at"]) for turn, step in enumerate(self.steps) if not step.cut_off
        ]
        state, timeline = fold(events), follow(Timeline(), events)
        run = Run.objects.create(
            workflow=self.workflow,
            title=self.title,
            owner=owner,
            status=self.status,
            deployment=deployment,
            attempt=1,
            input=self.input,
            output=self.output,
            error=state["error"],
            created_at=begin,
            started_at=begin + timedelta(seconds=self.queued),
            ended_at=ended,
            input_tokens=state["input_tokens"],
            output_tokens=state["output_tokens"],
            cost_microusd=state["cost_microusd"],
            known_cost_microusd=state["cost_microusd"],
            seq=len(events),
            log_id="recorded",
            worker=self.worker,
            cached_steps=sum(bool(step.cached_from) for step in self.steps),
            **fields,
        )
        archive.pack(
            run, log_id="recorded", last_seq=len(events), events=events, journal=journal, spans=timeline.spans
        ).save(force_insert=True)
        Step.objects.bulk_create(step_rows(run.pk, state, journal, timeline), batch_size=100)
        ledger.write([run.pk])
        return run

    def _events(self, start_ms: int) -> list[dict[str, Any]]:
        timed: list[tuple[float, dict[str, Any]]] = [
            (0.0, {"type": "run.queued", "attempt": 0, "workflow": self.workflow, "title": self.title}),
            (self.queued, {"type": "run.started", "worker": self.worker}),
        ]
        timed += [(at, {"type": kind, **fields}) for at, kind, fields in self.said]
        for step in self.steps:
            timed += self._of_step(step, start_ms)
        last: dict[str, Any] = {"type": f"run.{self.status}"}
        last |= {"error": self.error} if self.error else {"output": self.output} if self.status == "completed" else {}
        timed.append((self.seconds, last))
        timed.sort(key=lambda pair: pair[0])
        return [
            {"seq": seq, "at": start_ms + round(at * 1000), "attempt": 1, **event}
            for seq, (at, event) in enumerate(timed, 1)
        ]

    def _of_step(self, step: Done, start_ms: int) -> list[tuple[float, dict[str, Any]]]:
        key = {"step": step.place}
        named = {"name": step.name, "title": step.title or step.name, "parent": step.inside or None}
        events: list[tuple[float, dict[str, Any]]] = [(step.begin, {"type": "step.started", **key, **named})]
        for number, (end, resumed, wrong) in enumerate(step.tries, 2):
            error = {"kind": "ProviderError", "message": wrong, "permanent": False, "retry_after": 4.0, "detail": {}}
            again = {"try": number, "delay_ms": round((resumed - end) * 1000), "error": error}
            events.append((end, {"type": "step.retrying", **key, **again}))
        if step.cut_off:
            return events
        ended: dict[str, Any] = (
            {"type": "step.failed", "error": step.error} if step.error else {"type": "step.completed"}
        )
        if step.model:
            ended |= {"model": step.model, "provider": "openai", "cost_microusd": step.cost}
            ended |= {"input_tokens": step.tokens[0], "output_tokens": step.tokens[1]}
        if step.cached_from:
            ended["cache"] = {"hit": True, "run": step.cached_from}
        if step.waits:
            ended["waits"] = [[why, start_ms + round(a * 1000), start_ms + round(b * 1000)] for why, a, b in step.waits]
        return [*events, (step.end, {**ended, **key})]

    def _record(self, step: Done, turn: int, start_ms: int) -> StepRecord:
        return StepRecord(
            key=step.place,
            name=step.name,
            title=step.title or step.name,
            parent=step.inside or None,
            status="failed" if step.error else "completed",
            input=step.input,
            output=step.output,
            error=step.error,
            started_ms=start_ms + round(step.begin * 1000),
            ended_ms=start_ms + round(step.end * 1000),
            tries=len(step.tries) + 1,
            model=step.model,
            input_tokens=step.tokens[0],
            output_tokens=step.tokens[1],
            cost_microusd=step.cost,
            provider="openai" if step.model else "",
            cache={"hit": True, "run": step.cached_from} if step.cached_from else None,
            turn=turn,
            traceback=step.traceback,
            call="chat" if isinstance(step.input, dict) and "messages" in step.input else "",
        )
