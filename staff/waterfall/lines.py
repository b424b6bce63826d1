"""The rows of a trace as the template lays them out: words, bars and addresses. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from runs.presentation import words
from runs.presentation.words import Moment
from staff.waterfall.bars import Axis, Bar, bars_of, bars_of_group, bars_of_spans, end_of
from staff.waterfall.look import Look
from staff.waterfall.node import MARKS, OPEN, WORDS, Node
from staff.waterfall.tree import GROUP_SHOWS, LEVELS, Row, Sums

SPAN_WORDS = {
    "work": "under way",
    "done": "done",
    "failed": "failed",
    "interrupted": "interrupted: its worker stopped",
    "left": "left, since all waited",
    "stopped": "cut off by the run’s end",
    "backoff": "waited to try again",
    "wait": "waited",
    "queued": "waited for a worker",
    "attempt": "on a worker",
}
REASONS = {
    "provider": "for the model’s provider",
    "slot": "for a free slot",
    "concurrency": "for a free slot",
    "cache": "for another run that computes the same",
    "input": "for an answer",
    "sleep": "for a time",
    "budget": "for a larger budget",
    "paused": "paused",
    "retry": "to try again",
    "recovering": "its worker stopped",
    "handed_over": "moved to another worker",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table. `says` is its state in words; `toggle_url` is "" where there is nothing to open."""

    id: str
    kind: str
    level: int
    mark: str
    status: str
    says: str
    label: str
    name: str
    url: str
    toggle_url: str
    is_open: bool
    current: bool
    dim: bool
    bars: Sequence[Bar]
    duration: str
    tokens: str
    cost: str


@dataclass(frozen=True, slots=True)
class SpanLine:
    """A try or a wait of a step, or of the run, in words."""

    says: str
    note: str
    at: Moment | None
    duration: str


def line_of(row: Row, look: Look, axis: Axis, now_ms: int) -> Line:
    """Return a row of any kind as its line."""
    if row.more:
        return _more(row, look)
    return _group(row, look, axis, now_ms) if row.node is None else _step(row, row.node, look, axis, now_ms)


def _step(row: Row, node: Node, look: Look, axis: Axis, now_ms: int) -> Line:
    tries = f", try {node.tries}" if node.tries > 1 else ""
    return Line(
        id=f"s{node.position}",
        kind="step",
        level=min(row.depth, LEVELS),
        mark=node.mark,
        status="cached" if node.cached_from else node.status,
        says=f"{node.word}{tries}",
        label=node.label,
        name=node.name if node.title else "",
        url=look.link(step=node.key),
        toggle_url=_toggle(row, look),
        is_open=bool(row.is_open),
        current=node.key == look.step,
        dim=row.dim,
        bars=bars_of(node, axis, now_ms),
        duration=_took((end_of(node, now_ms) - node.started_ms) / 1000),
        tokens=_tokens(row.sums),
        cost=_cost(row.sums),
    )


def _group(row: Row, look: Look, axis: Axis, now_ms: int) -> Line:
    counts = Counter(node.status for node in row.members)
    said = [f"{counts[status]:,} {word}" for status, word in WORDS.items() if counts[status]]
    is_open = any(counts[status] for status in OPEN)
    ended = "stopped" if counts["stopped"] else "completed"
    status = "failed" if counts["failed"] else "running" if is_open else ended
    first, last = min(each.started_ms for each in row.members), max(end_of(each, now_ms) for each in row.members)
    return Line(
        id=row.name,
        kind="group",
        level=min(row.depth, LEVELS),
        mark=MARKS[status],
        status=status,
        says=", ".join(sorted(said, key=lambda each: "failed" not in each)),
        label=row.members[0].name,
        name=f"× {len(row.members):,}",
        url="",
        toggle_url=_toggle(row, look),
        is_open=bool(row.is_open),
        current=False,
        dim=False,
        bars=bars_of_group(row.members, axis, now_ms),
        duration=_took((last - first) / 1000),
        tokens=_tokens(row.sums),
        cost=_cost(row.sums),
    )


def _more(row: Row, look: Look) -> Line:
    wanted = f"{row.name}:{row.shown + GROUP_SHOWS}"
    others = tuple(each for each in look.opened if each.partition(":")[0] != row.name)
    return Line(
        id=f"{row.name}-more",
        kind="more",
        level=min(row.depth, LEVELS),
        mark="",
        status="",
        says="",
        label=f"{min(GROUP_SHOWS, row.more)} more of {row.more:,}",
        name="",
        url=look.link(opened=(*others, wanted)),
        toggle_url="",
        is_open=False,
        current=False,
        dim=False,
        bars=(),
        duration="",
        tokens="",
        cost="",
    )


def _toggle(row: Row, look: Look) -> str:
    if row.is_open is None:
        return ""
    return look.toggled(row.name, is_open=row.is_open, by_default=row.by_default)


def _tokens(sums: Sums) -> str:
    return words.tokens(sums.tokens).removesuffix(" tokens")


def _cost(sums: Sums) -> str:
    said = words.cost(None if sums.unpriced else sums.cost_microusd, sums.cost_microusd)
    return {"less than $0.01": "< $0.01", "cost not known": "not known"}.get(said, said)


def run_line(spans: Sequence[Any], axis: Axis, now_ms: int) -> list[Bar]:
    """Return the bars of the run itself: what it waited for, and its attempts."""
    return bars_of_spans(spans, axis, now_ms)


def span_lines(spans: Sequence[Any], now_ms: int) -> list[SpanLine]:
    """Return tries and waits in words, each with its time."""
    return [_span_line(span, now_ms) for span in spans]


def _span_line(span: Sequence[Any], now_ms: int) -> SpanLine:
    kind, begin, end, note = span
    says = SPAN_WORDS.get(kind, kind)
    if kind in ("wait", "queued"):
        note = REASONS.get(note, note)
    if kind == "wait" and note:
        says, note = f"{says} {note}", ""
    return SpanLine(says, note, moment(begin), words.duration(((end or max(now_ms, begin)) - begin) / 1000))


def used(sums: Sums) -> str:
    """Return tokens and cost in words."""
    said = words.cost(None if sums.unpriced else sums.cost_microusd, sums.cost_microusd)
    return ", ".join(filter(None, (words.tokens(sums.tokens), said))) or "no tokens"


def moment(ms: int) -> Moment | None:
    """Return a point in time for a `<time>`: of today the time of day alone."""
    return words.clock(ms, timezone.now())


def _took(seconds: float) -> str:
    """Return a length as a column of figures has room for it."""
    return "< 0.1 s" if seconds < words.SHORTEST_S else words.duration(seconds)
