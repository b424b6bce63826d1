"""What the templates need of a run's steps, for the view that the address names."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from runs.models import Run
from runs.presentation import words
from staff.trace.reading import Trace
from staff.waterfall.bars import axis_of
from staff.waterfall.flame import flame_of
from staff.waterfall.lines import line_of, moment, run_line, span_lines, used
from staff.waterfall.look import Look
from staff.waterfall.node import Node
from staff.waterfall.tree import Tree, matches, rows_of

LEGEND = (
    ("done", "done"),
    ("failed", "failed"),
    ("work", "under way"),
    ("cached", "from the cache"),
    ("interrupted", "cut off"),
    ("wait", "waiting"),
)
_TITLES = {
    "conversation": "Conversation with the model",
    "input": "Input",
    "output": "Output",
    "error": "Error as recorded",
    "traceback": "Traceback, if it was a fault",
}


def steps_context(run: Run, trace: Trace, look: Look, *, controls: bool, error: Any) -> dict[str, Any]:
    """Return what the views of the steps show. `error` is that of the chosen step."""
    now_ms = round(timezone.now().timestamp() * 1000)
    tree = trace.tree
    chosen = tree.by_key.get(look.step)
    context: dict[str, Any] = {
        "count": len(tree.nodes),
        "failed_count": sum(node.status == "failed" for node in tree.nodes),
        "chosen": None if chosen is None else _chosen(run, tree, chosen, look, now_ms),
        "run_spans": span_lines(trace.spans, now_ms),
    }
    if chosen is not None:
        context["chosen"] |= {
            "error": error if isinstance(error, dict) else None,
            "can_fork": controls and chosen.status in ("completed", "failed"),
        }
    if look.view == "waterfall":
        return context | _waterfall(tree, trace, look, now_ms)
    return context | _flame(tree, trace, look, now_ms) if look.view == "flame" else context


def _waterfall(tree: Tree, trace: Trace, look: Look, now_ms: int) -> dict[str, Any]:
    root = tree.by_key.get(look.root)
    spans = () if root else trace.spans
    axis = axis_of(tree.inside(root), spans, now_ms)
    rows = rows_of(tree, look)
    return {
        "ticks": axis.ticks(),
        "root": root,
        "unroot": look.link(root="", page=1),
        "all_url": look.link(q="", failed=False, page=1),
        "legend": LEGEND,
        "rows": rows,
        "lines": [line_of(row, look, axis, now_ms) for row in rows.rows],
        "run_bars": run_line(spans, axis, now_ms),
        "previous": look.link(page=rows.number - 1) if rows.number > 1 else "",
        "next": look.link(page=rows.number + 1) if rows.number < rows.pages else "",
    }


def _flame(tree: Tree, trace: Trace, look: Look, now_ms: int) -> dict[str, Any]:
    root = tree.by_key.get(look.root)
    inside = tree.inside(root)
    axis = axis_of(inside, () if root else trace.spans, now_ms)
    flame = flame_of(tree, inside, axis, now_ms, lambda node: matches(node, look))
    return {
        "ticks": axis.ticks(),
        "root": root,
        "unroot": look.link(root=""),
        "flame": flame,
        "found": sum(matches(node, look) for node in inside) if look.q or look.failed else None,
        "all_url": look.link(q="", failed=False),
        "flakes": [(flake, look.link(step=flake.node.key) if flake.node else "") for flake in flame.flakes],
    }


def _chosen(run: Run, tree: Tree, node: Node, look: Look, now_ms: int) -> dict[str, Any]:
    """Return what stands beside the table about the chosen step."""
    spans = node.spans or (("failed" if node.status == "failed" else "done", node.started_ms, node.ended_ms, ""),)
    known = node.cost_microusd or 0
    return {
        "node": node,
        "above": [(each, look.link(step=each.key)) for each in tree.above(node)],
        "inside": len(tree.inside(node)) - 1,
        "cost": words.cost(node.cost_microusd, known).removeprefix("cost "),
        "all_used": used(tree.sums[node.key]),
        "started": moment(node.started_ms),
        "ended": moment(node.ended_ms),
        "spans": span_lines(spans, now_ms) if node.started_ms else [],
        "parts": [
            (part, _TITLES[part], reverse("staff:run_step_part", args=[run.pk, node.key, part]))
            for part in _parts(node)
        ],
        "root_url": look.link(root=node.key, page=1) if tree.children.get(node.key) else "",
        "close_url": look.link(step=""),
    }


def _parts(node: Node) -> list[str]:
    """Return what can be opened of the step. While it goes on, nothing of it is recorded."""
    if node.status not in ("completed", "failed"):
        return []
    parts = ["conversation"] if node.is_call else []
    return [*parts, "input", *(("output",) if node.status == "completed" else ("error", "traceback"))]
