"""The REST API under /api/. OpenAPI at /api/openapi.json, its page at /api/docs.

Operations parse, authorise, call one function and answer. Runs of others do not exist here: 404. Errors are
Problem Details; the shapes are in `schemas`, the live forms of a run's events in `sse`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, cast

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from ninja import Body, Header, NinjaAPI, Query
from ninja.responses import Status as Answer
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from genisys import STORE_ERRORS, UserError, Workflow, compacted, find_workflow, workflows
from runs import following, problems, service, sse
from runs.access import Action, aget_run_or_404, visible_runs, without_big_columns
from runs.following import Cursor
from runs.models import Run
from runs.problems import Problem, ProblemDetails
from runs.schemas import (
    EventPage,
    RunDetail,
    RunList,
    RunSummary,
    Status,
    StepOut,
    WorkflowDetail,
    WorkflowSummary,
)
from runs.tokens import BearerToken, Caller, SignedIn

PAGE_BYTES = 256 * 1024
PAGE_EVENTS = 1000
PAGE_RUNS = 100
JSON = "application/json"

api = NinjaAPI(
    title="Genisys",
    version="1",
    urls_namespace="api",
    description="Start runs of AI workflows, follow them live, and fetch what they made.",
    auth=[BearerToken(), SignedIn()],
)
problems.install(api)

PROBLEM = {frozenset({401, 403, 404, 503}): ProblemDetails}
STARTS = {**PROBLEM, frozenset({409, 422}): ProblemDetails}


@api.get("/workflows", response={200: list[WorkflowSummary], **PROBLEM}, tags=["workflows"])
async def list_workflows(request: HttpRequest) -> list[dict[str, Any]]:
    """All workflows that can be started."""
    _caller(request, "read")
    return [_workflow_summary(workflow) for _, workflow in sorted(workflows().items())]


@api.get("/workflows/{name}", response={200: WorkflowDetail, **PROBLEM}, tags=["workflows"])
async def get_workflow(request: HttpRequest, name: str) -> dict[str, Any]:
    """One workflow, with the JSON Schemas of its input and output."""
    _caller(request, "read")
    workflow = find_workflow(name)
    return {
        **_workflow_summary(workflow),
        "input": workflow.input_type.model_json_schema(),
        "output": workflow.output_type.model_json_schema(mode="serialization"),
        "start_url": reverse("api:start_workflow", args=[name]),
    }


@api.post(
    "/workflows/{name}/start",
    response={202: RunDetail, **STARTS, frozenset({413, 429}): ProblemDetails},
    tags=["workflows"],
)
async def start_workflow(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    input: Annotated[dict[str, Any], Body()],
    idempotency_key: Annotated[str, Header(alias="Idempotency-Key", max_length=200)] = "",
) -> Answer[RunDetail]:
    """Start a run; the body is the workflow's input.

    Answers as soon as the run is recorded. The same `Idempotency-Key` with the same body gives the same
    run, however often it is sent; with another body it is a 409. 429 says that the person has as many runs as one
    person may, and when to try again.
    """
    caller = _caller(request, "start")
    workflow = find_workflow(name)
    parsed = _parsed(workflow, input)
    run = await service.start_run(
        user=caller.user,
        workflow=name,
        input=parsed,
        title=workflow.title_for(parsed),
        idempotency_key=idempotency_key,
    )
    response["Location"] = reverse("api:get_run", args=[run.pk])
    return Answer(202, await _detail(run))


@api.get("/runs", response={200: RunList, **STARTS}, tags=["runs"])
async def list_runs(
    request: HttpRequest,
    status: Annotated[list[Status], Query()] = [],  # noqa: B006 - ninja reads the default, nobody changes it
    workflow: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE_RUNS)] = 20,
) -> RunList:
    """The runs one may see, newest first. Give `status` several times to allow several."""
    caller = _caller(request, "read")
    runs = without_big_columns(visible_runs(caller.user))
    if status:
        runs = runs.filter(status__in=status)
    if workflow:
        runs = runs.filter(workflow=workflow)
    if cursor:
        at, run_id = _place(cursor)
        runs = runs.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=run_id))
    found = [run async for run in runs[: limit + 1]]
    page = found[:limit]
    return RunList(runs=[_summary(run) for run in page], next=_place_of(page[-1]) if len(found) > limit else None)


@api.get("/runs/{run_id}", response={200: RunDetail, **PROBLEM}, tags=["runs"])
async def get_run(request: HttpRequest, run_id: str) -> RunDetail:
    """One run as it is now."""
    return await _detail(await _run(request, run_id, "read"))


@api.get("/runs/{run_id}/output", response={200: Any, 409: ProblemDetails, **PROBLEM}, tags=["runs"])
async def get_output(request: HttpRequest, run_id: str) -> Any:
    """What a completed run made. 409 while there is nothing, with the reason."""
    run = await _run(request, run_id, "read")
    detail = await _detail(run)
    if detail.status == "completed":
        return await service.engine().output_of(run.pk) if run.output is None else run.output
    if detail.status in ("failed", "cancelled"):
        raise Problem(409, "This run ended without an output.", run_status=detail.status, error=detail.error)
    raise Problem(409, "This run has not ended yet.", run_status=detail.status)


@api.get("/runs/{run_id}/steps", response={200: list[StepOut], **PROBLEM}, tags=["runs"])
async def list_steps(request: HttpRequest, run_id: str) -> list[Any]:
    """The run's trace: every step that has finished, with its input and output, oldest first."""
    return list(await service.run_steps(await _run(request, run_id, "read")))


@api.get(
    "/runs/{run_id}/events",
    response={200: EventPage, frozenset({406, 410, 422}): ProblemDetails, **PROBLEM},
    tags=["runs"],
    openapi_extra={
        "responses": {
            200: {
                "content": {
                    sse.EVENT_STREAM: {"schema": {"type": "string"}},
                    sse.NDJSON: {"schema": {"type": "string"}},
                }
            }
        }
    },
)
async def get_events(
    request: HttpRequest,
    run_id: str,
    after: Annotated[str, Query(max_length=80)] = "0",
    limit: Annotated[int, Query(ge=1, le=PAGE_EVENTS)] = PAGE_EVENTS,
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=80)] = "",
) -> HttpResponseBase:
    """The run's events, by `Accept`: a page of history as JSON, or a live tail as SSE or NDJSON.

    `after` is a cursor, `<log_id>:<seq>` or `<seq>`; a `Last-Event-ID` header wins over it. A live tail
    sends frames: `batch`, `live`, `resync` (start over), `ping` each 15 s and, when the run has ended,
    `end`. Any close without an `end` is a reason to come back with the last cursor.
    """
    media_type = request.get_preferred_type([JSON, sse.EVENT_STREAM, sse.NDJSON])
    if media_type is None:
        raise Problem(406, f"Events are given as {JSON}, {sse.EVENT_STREAM} or {sse.NDJSON}.")
    try:
        cursor = Cursor.parse(last_event_id or after)
    except ValueError as error:
        raise Problem(422, str(error)) from None
    run = await _run(request, run_id, "read")
    if media_type == JSON:
        return await _history(run, cursor, limit)
    if following.leaving.begun:
        raise Problem(503, "This server is being replaced. Come back at once.", headers={"Retry-After": "1"})
    return await sse.stream(_caller(request, "read"), run, cursor, media_type)


@api.post("/runs/{run_id}/cancel", response={202: RunDetail, **STARTS}, tags=["runs"])
async def cancel_run(request: HttpRequest, run_id: str) -> Answer[RunDetail]:
    """Ask for the run's end. It reaches running code within 2 s; what was done stays readable."""
    run = await _run(request, run_id, "control", Action.CANCEL)
    if not await service.cancel_run(run, _caller(request, "control").actor()):
        raise Problem(409, "This run has ended already.", run_status=run.status)
    return Answer(202, await _detail(run))


@api.post("/runs/{run_id}/retry", response={202: RunDetail, **STARTS}, tags=["runs"])
async def retry_run(request: HttpRequest, run_id: str) -> Answer[RunDetail]:
    """Let a failed or cancelled run go on: finished steps stand, failed ones run again."""
    run = await _run(request, run_id, "control", Action.RETRY)
    if run.status not in ("failed", "cancelled"):
        raise Problem(409, "Only a failed or cancelled run can be retried.", run_status=run.status)
    try:
        await service.retry_run(run, _caller(request, "control").actor())
    except UserError as error:
        if isinstance(error.__cause__, STORE_ERRORS):
            raise
        raise Problem(409, error.message, run_status=run.status) from None
    return Answer(202, await _detail(run))


def _caller(request: HttpRequest, scope: str) -> Caller:
    """Give who calls, once it is clear that their credential has the scope."""
    caller = cast(Caller, request.auth)  # type: ignore[attr-defined]
    caller.need(scope)
    return caller


async def _run(request: HttpRequest, run_id: str, scope: str, action: Action = Action.READ) -> Run:
    return await aget_run_or_404(_caller(request, scope).user, run_id, action)


def _workflow_summary(workflow: Workflow[Any, Any]) -> dict[str, Any]:
    return {
        "name": workflow.name,
        "description": workflow.description,
        "url": reverse("api:get_workflow", args=[workflow.name]),
    }


def _parsed(workflow: Workflow[Any, Any], data: dict[str, Any]) -> BaseModel:
    try:
        return workflow.input_type.model_validate(data)
    except ValidationError as error:
        raise problems.invalid_input(error.errors(include_url=False, include_input=False)) from None


def _fields(run: Run) -> dict[str, Any]:
    names = (
        "workflow title status deployment attempt created_at started_at ended_at input_tokens output_tokens "
        "cost_microusd"
    )
    urls = {name: reverse(f"api:{view}", args=[run.pk]) for name, view in _URLS}
    return {
        "id": run.pk,
        **{name: getattr(run, name) for name in names.split()},
        "urls": {**urls, "page": run.get_absolute_url()},
    }


_URLS = (("self", "get_run"), ("events", "get_events"), ("output", "get_output"), ("steps", "list_steps"))


def _summary(run: Run) -> RunSummary:
    return RunSummary(**_fields(run))


async def _detail(run: Run) -> RunDetail:
    """Give the run as it is now: Redis knows better than the row while the run is open."""
    fields = {**_fields(run), "input": run.input, "error": run.error, "waiting_for": ""}
    if not run.finished:
        try:
            meta = await service.engine().meta(run.pk)
        except STORE_ERRORS:
            meta = None
        if meta is not None:
            fields |= {name: getattr(meta, name) for name in _LIVE}
            fields["waiting_for"] = await service.why_waiting(run, meta)
    return RunDetail(**fields)


_LIVE = ("status", "attempt", "input_tokens", "output_tokens", "cost_microusd")


async def _history(run: Run, cursor: Cursor, limit: int) -> HttpResponse:
    """Give a page of history of at most PAGE_BYTES, or one event that is larger."""
    page = await service.run_events(run, cursor.seq, limit)
    resync = None
    if page.found and cursor.log_id not in (None, page.log_id):
        resync = "log_id"
    elif page.found and cursor.seq > page.last_seq:
        resync = "ahead"
    if resync:
        cursor = Cursor(0)
        page = await service.run_events(run, 0, limit)
    state = None
    if page.first_seq > cursor.seq + 1 and (state := await service.run_snapshot(run)) is not None:
        resync, cursor = "trimmed", Cursor(state["seq"])
        page = await service.run_events(run, cursor.seq, limit)
    if page.first_seq > cursor.seq + 1:
        raise Problem(410, "A part of this run's history was lost. What is known of it is on its page.")
    history = compacted(page.events[:limit])
    events = _fitting(to_json(event) for event in history)
    last = history[len(events) - 1]["seq"] if events else cursor.seq
    rest = {
        "next": str(Cursor(last, page.log_id or None)),
        "log_id": page.log_id,
        "up_to_date": last >= page.last_seq,
        "closed": page.closed,
        "resync": resync,
        **({} if state is None else {"state": state}),
    }
    body = b'{"events":[' + b",".join(events) + b"]," + to_json(rest)[1:]
    return HttpResponse(body, JSON, headers={"Cache-Control": "private, no-cache", "Vary": "Accept"})


def _fitting(events: Iterable[bytes]) -> list[bytes]:
    """Give the first events that fit into a page together."""
    fitting: list[bytes] = []
    size = 0
    for event in events:
        size += len(event)
        if fitting and size > PAGE_BYTES:
            break
        fitting.append(event)
    return fitting


def _place_of(run: Run) -> str:
    """Write a place in the list of runs as an opaque cursor."""
    return base64.urlsafe_b64encode(f"{run.created_at.isoformat()} {run.pk}".encode()).decode()


def _place(cursor: str) -> tuple[datetime, str]:
    try:
        at, run_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return datetime.fromisoformat(at), run_id
    except (ValueError, binascii.Error):
        raise Problem(422, "This cursor is none that a list of runs gave.") from None
