"""The steps of a run as the rows of a table: who is inside whom, alike ones together, and a page of them. Pure.

More than GROUP_OVER steps of one component beside each other are one row with their counts, which opens to its steps,
failed ones first. So a run of ten thousand steps is a screen of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from staff.waterfall.look import Look
from staff.waterfall.node import OPEN, Node

GROUP_OVER = 30
GROUP_SHOWS = 100
ROWS = 250
LEVELS = 8


@dataclass(frozen=True, slots=True)
class Sums:
    """What a step and all inside it used. `cost_microusd` is what is known of it, all of it unless `unpriced`."""

    tokens: int = 0
    cost_microusd: int = 0
    unpriced: bool = False

    def plus(self, other: Sums) -> Sums:
        if other is NOTHING:
            return self
        return Sums(
            self.tokens + other.tokens,
            self.cost_microusd + other.cost_microusd,
            self.unpriced or other.unpriced,
        )


NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a step (`node`), several of one component (`members`), or those of a group that are not shown (`more`).

    `name` is what the address calls it. `is_open` is None where there is nothing to open.
    """

    name: str
    depth: int
    node: Node | None = None
    members: Sequence[Node] = ()
    is_open: bool | None = None
    by_default: bool = True
    more: int = 0
    shown: int = 0
    dim: bool = False
    sums: Sums = NOTHING


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of rows, from 1; `total` counts the rows of all pages."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int


class Tree:
    """The steps of one run by their place in each other."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.by_key = {node.key: node for node in nodes}
        self.children: dict[str, list[Node]] = {}
        for node in nodes:
            parent = node.parent if node.parent in self.by_key else ""
            self.children.setdefault(parent, []).append(node)
        self.sums = self._summed()

    def _summed(self) -> dict[str, Sums]:
        sums = {node.key: _own(node) for node in self.nodes}
        for node in reversed(self.nodes):  # A parent starts before its children.
            if node.parent in sums and node.parent != node.key:
                sums[node.parent] = sums[node.parent].plus(sums[node.key])
        return sums

    def above(self, node: Node) -> list[Node]:
        """Return the steps around this one, the outermost first."""
        found: list[Node] = []
        seen = {node.key}
        while (parent := self.by_key.get(node.parent)) is not None and parent.key not in seen:
            seen.add(parent.key)
            found.append(parent)
            node = parent
        return found[::-1]

    def inside(self, root: Node | None) -> list[Node]:
        """Return a step and all inside it; all steps where it is None."""
        if root is None:
            return list(self.nodes)
        found, waiting = [], [root]
        while waiting:
            node = waiting.pop()
            found.append(node)
            waiting.extend(self.children.get(node.key, ()))
        return sorted(found, key=lambda each: each.position)


def _own(node: Node) -> Sums:
    if node.cost_microusd == 0 and not (node.input_tokens or node.output_tokens):
        return NOTHING
    return Sums(node.input_tokens + node.output_tokens, node.cost_microusd or 0, node.cost_microusd is None)


def rows_of(tree: Tree, look: Look) -> Rows:
    """Return the rows that this look shows."""
    root = tree.by_key.get(look.root)
    if look.failed or look.q:
        rows = _matching(tree, look, root)
    else:
        rows = _unfolded(tree, look, [root] if root else tree.children.get("", []))
    pages = max(1, -(-len(rows) // ROWS))
    number = min(look.page, pages)
    return Rows(rows[(number - 1) * ROWS : number * ROWS], number, pages, len(rows))


def _matching(tree: Tree, look: Look, root: Node | None) -> list[Row]:
    """Return the steps that are looked for, and, dimmed, those around them."""
    found = {node.key for node in tree.inside(root) if matches(node, look)}
    shown: dict[str, int] = {}
    for node in tree.nodes:
        if node.key in found:
            shown.update({each.key: each.position for each in tree.above(node)})
            shown[node.key] = node.position
    rows: list[Row] = []
    waiting = [(node, 0) for node in reversed(tree.children.get("", [])) if node.key in shown]
    while waiting:
        node, depth = waiting.pop()
        rows.append(_row(tree, node, depth, dim=node.key not in found))
        waiting.extend((child, depth + 1) for child in reversed(tree.children.get(node.key, [])) if child.key in shown)
    return rows


def matches(node: Node, look: Look) -> bool:
    """Return whether the step is among those that are looked for; all are where nothing is."""
    if look.failed and node.status != "failed":
        return False
    sought = look.q.casefold()
    return not sought or sought in node.label.casefold() or sought in node.name.casefold() or node.key == sought


def _unfolded(tree: Tree, look: Look, tops: Sequence[Node]) -> list[Row]:
    """Return the rows that are open, from these steps down."""
    opened, closed = set(look.opened), set(look.closed)
    rows: list[Row] = []
    waiting: list[Row] = _siblings(tree, look, tops, 0)[::-1]
    while waiting:
        row = waiting.pop()
        rows.append(row)
        node = row.node
        if node is None or not (inside := tree.children.get(node.key)):
            continue
        is_open = row.name not in closed if row.by_default else row.name in opened
        rows[-1] = _row(tree, node, row.depth, is_open=is_open, by_default=row.by_default)
        if is_open:
            waiting.extend(_siblings(tree, look, inside, row.depth + 1)[::-1])
    return rows


def _siblings(tree: Tree, look: Look, nodes: Sequence[Node], depth: int) -> list[Row]:
    """Return the rows of steps beside each other, alike ones together."""
    counts = Counter(node.name for node in nodes)
    rows: list[Row] = []
    seen: set[str] = set()
    for node in nodes:
        if counts[node.name] <= GROUP_OVER:
            rows.append(_row(tree, node, depth))
        elif node.name not in seen:
            seen.add(node.name)
            rows.extend(_group(tree, look, [each for each in nodes if each.name == node.name], depth))
    return rows


def _group(tree: Tree, look: Look, members: list[Node], depth: int) -> Iterable[Row]:
    name = f"g{members[0].position}"
    asked = look.shows(name)
    count = 0 if asked < 0 else asked or GROUP_SHOWS
    sums = NOTHING
    for member in members:
        sums = sums.plus(tree.sums[member.key])
    yield Row(name, depth, members=members, is_open=asked >= 0, by_default=False, sums=sums)
    ordered = sorted(members, key=_first_failed)
    for member in ordered[:count]:
        yield _row(tree, member, depth + 1, by_default=False)
    if 0 < count < len(members):
        yield Row(name, depth + 1, more=len(members) - count, shown=count)


def _first_failed(node: Node) -> tuple[int, int]:
    return (0 if node.status == "failed" else 1 if node.status in OPEN else 2, node.position)


def _row(
    tree: Tree, node: Node, depth: int, *, is_open: bool | None = None, by_default: bool = True, dim: bool = False
) -> Row:
    return Row(
        str(node.position),
        depth,
        node=node,
        is_open=is_open,
        by_default=by_default,
        dim=dim,
        sums=tree.sums[node.key],
    )
