"""The page of two runs: `?a=` and `?b=` are their ids."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from runs.access import get_run_or_404
from runs.models import Run, Step
from runs.presentation import words
from runs.presentation.rows import duration_of, run_row
from runs.rules.json_text import written
from staff.compare.differences import Component, Used, difference_of
from staff.door import staff_page

_PARTS = (("input", "Input"), ("output", "Output"), ("error", "Error"))


@require_GET
@staff_page
@never_cache
def compare(request: HttpRequest) -> HttpResponse:
    """Two runs beside each other; with one id or none, the form that asks for the other."""
    ids = [request.GET.get(name, "").strip() for name in ("a", "b")]
    context = {"place": "runs", "a": ids[0], "b": ids[1]}
    if not all(ids):
        return render(request, "staff/compare.html", context)
    runs = [get_run_or_404(request.user, run_id) for run_id in ids]
    rows = [(run_row(run), duration_of(run)) for run in runs]
    components = [(each.name, _text(each.first), _text(each.second)) for each in _components(*runs)]
    values = [(title, difference_of(*(_value(run, part) for run in runs))) for part, title in _PARTS]
    shown = [(title, difference) for title, difference in values if difference.pairs]
    return render(request, "staff/compare.html", {**context, "runs": rows, "components": components, "values": shown})


def _value(run: Run, part: str) -> str:
    value = getattr(run, part)
    return "" if value is None else written(value)


def _components(first: Run, second: Run) -> list[Component]:
    """Return the components of both runs in the order of their first step. Reads no value of a step."""
    found: dict[str, Component] = {}
    for run, place in ((first, "first"), (second, "second")):
        light = Step.objects.filter(run=run).values_list(
            "name", "status", "started_at", "ended_at", "cached_from", "input_tokens", "output_tokens", "cost_microusd"
        )
        for name, status, began, ended, cached, read, wrote, cost in light.iterator():
            used: Used = getattr(found.setdefault(name, Component(name)), place)
            used.steps += 1
            used.failed += status == "failed"
            used.cached += bool(cached)
            used.ms += round((ended - began).total_seconds() * 1000) if began and ended else 0
            used.tokens += read + wrote
            used.cost_microusd += cost or 0
            used.unpriced = used.unpriced or cost is None
    return list(found.values())


def _text(used: Used) -> str:
    """Return what one component used in one run, in words; "" where it has no step there."""
    if not used.steps:
        return ""
    more = [f"{count} {word}" for count, word in ((used.failed, "failed"), (used.cached, "from the cache")) if count]
    said = [
        f"{words.amount(used.steps, 'step')} ({', '.join(more)})" if more else words.amount(used.steps, "step"),
        words.duration(used.ms / 1000),
        words.tokens(used.tokens),
        words.cost(None if used.unpriced else used.cost_microusd, used.cost_microusd),
    ]
    return " · ".join(filter(None, said))
