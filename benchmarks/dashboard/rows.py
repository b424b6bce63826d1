"""The runs of an invented installation as rows of its tables: three months of eight workflows and hundreds of people.

The same numbers give the same rows. Shares are rounded from what such installations look like: most runs are done,
some fail by few causes, few are open, and some people have far more than others. Pure.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

DAYS = 90
STEPS_A_RUN = 10
BIG_STEPS = 10_000
BIG_ID = "00000000-0000-7000-8000-0000000b1900"
PEOPLE = 500

WORKFLOWS = {
    "summarise-call": 30,
    "answer-mail": 25,
    "tag-product": 15,
    "translate-page": 12,
    "weekly-report": 8,
    "review-contract": 5,
    "plan-route": 3,
    "price-quote": 2,
}
STATUSES = {"completed": 860, "failed": 95, "cancelled": 30, "queued": 2, "running": 3, "waiting": 10}
WAITS = {"input": 40, "sleep": 20, "provider": 15, "paused": 10, "retry": 5, "budget": 3, "slot": 5, "": 2}
MODELS = {"gpt-4.1-mini": 6, "gpt-4.1": 2, "o4-mini": 1}
COMPONENTS = ("fetch", "split", "ask", "check", "merge", "save")
_SPOKEN = (
    "amber barley canvas delta ember fennel garden harbour island juniper kettle lantern meadow nectar orchard pebble "
    "quarry ribbon saddle timber umbrella valley willow yarrow zephyr invoice shipment contract report customer review"
)
_WORDS = _SPOKEN.split()
_ERRORS = tuple(
    (kind, f"{text} {number}.", cause)
    for kind, text, cause in (
        ("RateLimited", "The provider refused the request: limit", "RateLimited 429 in ask"),
        ("Timeout", "No answer within the time that it had:", "Timeout in fetch"),
        ("BadAnswer", "The answer is not what was asked for: field", "BadAnswer in check"),
        ("NotFound", "There is no such record:", "NotFound in save"),
    )
    for number in range(10)
)

Row = tuple[Any, ...]
Json = dict[str, Any]


_OF_NO_FORK = {
    "parent_id": None,
    "parent_kind": "",
    "fork_step": "",
    "fork_input": "",
    "idempotency_key": "",
}
_ASKED = {"input_tokens": 200, "output_tokens": 50, "cost_microusd": 150, "provider": "openai", "call": "chat"}
_NOT_ASKED = {"input_tokens": 0, "output_tokens": 0, "cost_microusd": 0, "provider": "", "call": ""}
"""Of a step that asked a model, and of one that did not."""


class Rows:
    """All rows of an installation of `runs` runs until `now`, some runs at a time."""

    def __init__(self, runs: int, now: datetime, seed: int = 7) -> None:
        self.runs = runs
        self.now = now
        self._random = random.Random(seed)  # noqa: S311 - invented data, the same each time
        text = " ".join(self._random.choice(_WORDS) for _ in range(3000))
        self._text = text

    def each(self) -> Iterator[tuple[Json, list[Json]]]:
        """Give each run with its steps, the oldest first. Open runs have no steps yet: these stand in their log."""
        apart = timedelta(days=DAYS) / self.runs
        for number in range(self.runs):
            run = self._run(number, self.now - timedelta(days=DAYS) + apart * (number + self._random.random()))
            yield run, [] if run["ended_at"] is None else list(self._steps(run))

    def _run(self, number: int, at: datetime) -> Json:
        chosen = self._random
        # The open ones are young, but for a few that have waited for weeks.
        status = _one(chosen, STATUSES)
        person = min(PEOPLE, int(chosen.paretovariate(0.7)))
        started = at + timedelta(seconds=chosen.expovariate(1 / 3))
        is_open = status in ("queued", "running", "waiting")
        error, message, cause = chosen.choice(_ERRORS)
        failed = status == "failed"
        known = round(chosen.lognormvariate(8, 1.2))
        return {
            "id": _id(at, number),
            "workflow": _one(chosen, WORKFLOWS),
            "title": " ".join(chosen.choice(_WORDS) for _ in range(chosen.randint(3, 8))).capitalize()[:300],
            "owner_id": person if person % 20 else None,
            "status": status,
            "deployment": f"v{1 + number * 6 // self.runs}",
            "attempt": 0 if status == "queued" else 1 + (chosen.random() < 0.05),
            "retried_count": 0,
            "input": json.dumps({"about": self._piece(200)}),
            "sealed_input": "",
            "output": json.dumps({"text": self._piece(1200)}) if status == "completed" else None,
            "error": json.dumps({"kind": error, "message": message}) if failed else None,
            "created_at": at,
            "started_at": None if status == "queued" else started,
            "ended_at": None if is_open else started + timedelta(seconds=chosen.lognormvariate(3.5, 1)),
            "input_tokens": known // 2,
            "output_tokens": known // 8,
            "cost_microusd": None if chosen.random() < 0.01 else known,
            "known_cost_microusd": known,
            **_OF_NO_FORK,
            "seq": 0 if is_open else 25,
            "log_id": "" if is_open else "L",
            "waits_for": _one(chosen, WAITS) if status == "waiting" else "",
            "waits_since": started if status == "waiting" else None,
            "worker": "" if status == "queued" else f"host-{chosen.randint(1, 12)}:{chosen.randint(100, 140)}",
            "cached_steps": None if is_open else int(chosen.random() < 0.2),
            "cause": cause if failed else "",
        }

    def _steps(self, run: Json) -> Iterator[Json]:
        chosen = self._random
        count = chosen.randint(STEPS_A_RUN - 4, STEPS_A_RUN + 4)
        yield from self.steps(run, count)

    def steps(self, run: Json, count: int) -> Iterator[Json]:
        """Give so many steps of a run that has ended, spread over its time."""
        length = (run["ended_at"] - run["started_at"]) / count
        for position in range(count):
            began = run["started_at"] + length * position
            times = {"started_at": began, "ended_at": began + length * 0.9}
            yield self._step(run, position, broke=run["status"] == "failed" and position == count - 1) | times

    def _step(self, run: Json, position: int, *, broke: bool) -> Json:
        name = COMPONENTS[position % len(COMPONENTS)]
        model = _one(self._random, MODELS) if name == "ask" else ""
        return {
            "run_id": run["id"],
            "position": position,
            "key": f"{position:08x}{run['id'][-8:]}",
            "parent_key": "",
            "name": name,
            "title": f"{name} {position}",
            "status": "failed" if broke else "completed",
            "input": json.dumps({"about": self._piece(80)}),
            "output": None if broke else json.dumps({"text": self._piece(240)}),
            "error": run["error"] if broke else None,
            "tries": 1,
            "model": model,
            **(_ASKED if model else _NOT_ASKED),
            "worker": run["worker"],
            "attempt": 1,
            "cached_from": "",
            "spans": None,
        }

    def _piece(self, length: int) -> str:
        begin = self._random.randrange(len(self._text) - length)
        return self._text[begin : begin + length]


def spend_of(run: Json, steps: list[Json]) -> Iterator[Json]:
    """Give the rows of the ledger that such a run has: its own, and one for each model that it asked."""
    shared = {
        "run_id": run["id"],
        "day": run["ended_at"].astimezone(UTC).date(),
        "at": run["ended_at"],
        "workflow": run["workflow"],
        "person_id": run["owner_id"],
        "status": run["status"],
    }
    seconds = (run["ended_at"] - run["started_at"]).total_seconds()
    whole = {key: run[key] for key in ("input_tokens", "output_tokens", "cost_microusd", "known_cost_microusd")}
    yield {**shared, "model": "", "seconds": seconds, "steps": len(steps), "calls": 0, **whole}
    for model in {step["model"] for step in steps} - {""}:
        calls = [step for step in steps if step["model"] == model]
        cost = sum(step["cost_microusd"] for step in calls)
        tokens = {key: sum(step[key] for step in calls) for key in ("input_tokens", "output_tokens")}
        counted = {"calls": len(calls), "cost_microusd": cost, "known_cost_microusd": cost}
        yield {**shared, "model": model, "seconds": None, "steps": 0, **tokens, **counted}


def events_of(run: Json, steps: list[Json]) -> list[Json]:
    """Return the log of a run that has ended, as its worker would have written it."""
    at = round(run["started_at"].timestamp() * 1000)
    found: list[Json] = [
        {"type": "run.queued", "attempt": 0, "workflow": run["workflow"], "title": run["title"]},
        {"type": "run.started", "attempt": 1, "worker": run["worker"]},
    ]
    for step in steps:
        begin = {"step": step["key"], "name": step["name"], "title": step["title"], "parent": ""}
        found += [{"type": "step.started", **begin}, {"type": "step.completed", "step": step["key"]}]
    end = {"completed": "output", "failed": "error"}.get(run["status"])
    found.append({"type": f"run.{run['status']}", **({end: json.loads(run[end])} if end else {})})
    return [{"seq": seq, "at": at + seq, "attempt": 1, **event} for seq, event in enumerate(found, 1)]


def _one(chosen: random.Random, shares: dict[str, int]) -> str:
    return chosen.choices(list(shares), list(shares.values()))[0]


def _id(at: datetime, number: int) -> str:
    return str(UUID(int=(round(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | number))
