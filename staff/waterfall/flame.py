"""The same steps as a flame graph: a band for each depth, in it as many lines as there were steps at once. Pure.

What is too narrow to be seen or pressed is drawn together with its neighbours, so that ten thousand steps are a few
hundred rectangles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from staff.waterfall.bars import Axis, end_of
from staff.waterfall.node import Node
from staff.waterfall.tree import Tree

LINES = 12
"""At most so many lines in a band; what runs beside even more shares the last one."""
NARROW_PERCENT = 0.4
JOINED_PERCENT = 1.0
LINE_HEIGHT = 20
GAP = 4
LABEL_PERCENT = 3.0
"""A wider one has its name in it, which the browser cuts off at its end: only there is known how much fits."""


@dataclass(slots=True)
class Flake:
    """A rectangle: a step, or, where `node` is None, `count` steps that are too narrow to be drawn apart.

    `dim` is one in which there is nothing that is looked for.
    """

    x: float
    width: float
    y: int
    kind: str
    title: str
    node: Node | None
    count: int = 1
    failed: int = 0
    dim: bool = False

    @property
    def label(self) -> str:
        """Return what is written into it: how the step stands, as in the table, and what it is."""
        if self.width < LABEL_PERCENT:
            return ""
        return f"{self.node.mark} {self.node.label}" if self.node else self.title


@dataclass(frozen=True, slots=True)
class Flame:
    """The rectangles, and the height of them all in pixels."""

    flakes: Sequence[Flake]
    height: int


def flame_of(
    tree: Tree, nodes: Sequence[Node], axis: Axis, now_ms: int, sought: Callable[[Node], bool] = lambda _: True
) -> Flame:
    """Return the graph of these steps, which are in the order of their start. Those that are not `sought` are dim."""
    flakes: list[Flake] = []
    top = 0
    for band in _bands(tree, nodes):
        lines: list[tuple[float, Flake | None]] = []
        for node in band:
            x = axis.x(node.started_ms)
            end = max(axis.x(end_of(node, now_ms)), x + 0.05)
            at = _line(lines, x)
            last = lines[at][1] if at < len(lines) else None
            if last is not None and _joins(last, x, end):
                _join(last, node, end)
                last.dim = last.dim and not sought(node)
                lines[at] = (max(lines[at][0], end), last)
                continue
            flake = Flake(
                x=x,
                width=round(end - x, 2),
                y=top + at * LINE_HEIGHT,
                kind=_kind(node),
                title=f"{node.label}, {node.word}",
                node=node,
                failed=node.status == "failed",
                dim=not sought(node),
            )
            flakes.append(flake)
            lines[at : at + 1] = [(end, flake)]
        top += len(lines) * LINE_HEIGHT + GAP
    return Flame(flakes, top)


def _bands(tree: Tree, nodes: Sequence[Node]) -> list[list[Node]]:
    depth: dict[str, int] = {}
    bands: list[list[Node]] = []
    for node in nodes:
        depth[node.key] = depth.get(node.parent, -1) + 1
        if depth[node.key] == len(bands):
            bands.append([])
        bands[depth[node.key]].append(node)
    return bands


def _line(lines: list[tuple[float, Flake | None]], x: float) -> int:
    """Return the line of a band in which there is room from `x` on, or the last of those there may be."""
    for at, (end, _) in enumerate(lines):
        if end <= x + 0.01:
            return at
    return len(lines) if len(lines) < LINES else LINES - 1


def _joins(last: Flake, x: float, end: float) -> bool:
    """Say whether both are narrow, and near. What is joined stays a percent wide: one failure colours no more.

    In the last line there may be, what has no line of its own joins whatever it lies over.
    """
    over = last.x + last.width
    if x < over - 0.01:
        return True
    narrow = end - x < NARROW_PERCENT and last.width < (NARROW_PERCENT if last.node else JOINED_PERCENT)
    return narrow and x - over < NARROW_PERCENT / 2


def _join(last: Flake, node: Node, end: float) -> None:
    last.width = round(max(last.width, end - last.x), 2)
    last.count += 1
    last.failed += node.status == "failed"
    last.node = None
    last.kind = "failed" if last.failed and last.width <= JOINED_PERCENT + NARROW_PERCENT else "group"
    last.title = f"{last.count:,} steps, {last.failed:,} failed" if last.failed else f"{last.count:,} steps"


def _kind(node: Node) -> str:
    if node.cached_from:
        return "cached"
    return {"completed": "done", "failed": "failed", "stopped": "stopped"}.get(node.status, "work")
