"""What a run without a product's own part shows of itself: its output, what it published, and both as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from runs.access import aget_run_or_404
from runs.models import Run
from runs.presentation.values import ValueView, label_of, value_view
from runs.record.states import run_state
from runs.rules.json_text import written

TEMPLATE = "runs/_body.html"

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """What a run published under one name, as it is shown."""

    key: str
    title: str
    value: ValueView


def context(run: Run, state: State, *, published: bool) -> dict[str, Any]:
    """Return what TEMPLATE needs; `published` says whether whoever looks may see what the run published."""
    output = output_of(run, state)
    return {
        "output": None if output is None else value_view(output, "output"),
        "published": list(_published(state)) if published else [],
        "downloads": published,
    }


def output_of(run: Run, state: State) -> Any:
    """Return the run's output; None while there is none."""
    return run.output if run.output is not None else state["output"]


def published_by(state: State) -> dict[str, Any]:
    """Return what the run published, by name: objects as they stand, records in the order of their keys' first use."""
    found = dict(state["objects"])
    for name, keys in state["item_order"].items():
        found[_free(name, found)] = [state["items"][name][key] for key in keys]
    for event in state["events"]:
        found.setdefault(_free(event["name"], found, "each"), []).append(event["data"])
    return found


def _published(state: State) -> Iterator[Published]:
    for number, (name, data) in enumerate(published_by(state).items()):
        yield Published(f"published:{name}", label_of(name), value_view(data, f"published.{number}"))


def _free(name: str, taken: dict[str, Any], mark: str = "records") -> str:
    """Return the name, marked where an object has it already."""
    return f"{name} ({mark})" if name in taken else name


@require_GET
@login_required
@never_cache
async def output(request: HttpRequest, run_id: str) -> HttpResponse:
    """The run's output as a JSON file."""
    run = await aget_run_or_404(await request.auser(), run_id)
    state, _ = await run_state(run)
    data = output_of(run, state)
    if data is None:
        raise Http404("This run has no output yet.")
    return _file(data, f"{run.workflow}-output.json")


@require_GET
@login_required
@never_cache
async def published(request: HttpRequest, run_id: str) -> HttpResponse:
    """All that the run published so far, by name, as a JSON file."""
    run = await aget_run_or_404(await request.auser(), run_id)
    state, _ = await run_state(run)
    return _file(published_by(state), f"{run.workflow}-published.json")


def _file(data: Any, name: str) -> HttpResponse:
    response = HttpResponse(written(data), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
