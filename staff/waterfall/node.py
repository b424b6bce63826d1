"""A step as the trace draws it: all of it but what went in and out. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from genisys.host import StepTimes

OPEN = ("running", "retrying", "waiting", "interrupted")
MARKS = {
    "completed": "✓",
    "failed": "!",
    "running": "▸",
    "retrying": "▸",
    "waiting": "·",
    "interrupted": "◐",
    "stopped": "–",
}
WORDS = {
    "completed": "done",
    "failed": "failed",
    "running": "under way",
    "retrying": "trying again",
    "waiting": "waiting",
    "interrupted": "interrupted",
    "stopped": "stopped",
}


class Node(NamedTuple):
    """One step; times are epoch milliseconds, 0 where not yet. `cost_microusd` is None where it is not known.

    `spans` are its tries and waits (`genisys.log.timeline`); () where there is a beginning and an end and no more.
    """

    position: int
    key: str
    parent: str
    name: str
    title: str
    status: str
    started_ms: int
    ended_ms: int
    tries: int
    model: str
    provider: str
    call: str
    worker: str
    attempt: int
    cached_from: str
    input_tokens: int
    output_tokens: int
    cost_microusd: int | None
    spans: tuple[Any, ...]

    @property
    def label(self) -> str:
        return self.title or self.name

    @property
    def mark(self) -> str:
        return "↺" if self.cached_from else MARKS.get(self.status, "·")

    @property
    def word(self) -> str:
        return "from the cache" if self.cached_from else WORDS.get(self.status, self.status)

    @property
    def is_call(self) -> bool:
        """Whether it asked a model. A record from before calls were named has the model alone."""
        return bool(self.call or self.model)


def node_of_fold(position: int, seen: dict[str, Any], times: StepTimes) -> Node:
    """Return the node of a step as the fold and the timeline of a run in flight have it."""
    return Node(
        position=position,
        key=seen["key"],
        parent=seen["parent"] or "",
        name=seen["name"],
        title=seen["title"],
        status=seen["status"],
        started_ms=seen["started_at"],
        ended_ms=seen["ended_at"],
        tries=seen["tries"],
        model=seen["model"],
        provider=seen["provider"],
        call="",
        worker=times.worker,
        attempt=times.attempt or seen["attempt"],
        cached_from=times.cached,
        input_tokens=seen["input_tokens"],
        output_tokens=seen["output_tokens"],
        cost_microusd=None if seen.get("unpriced") else seen["cost_microusd"],
        spans=tuple(tuple(span) for span in times.spans) if len(times.spans) > 1 else (),
    )
