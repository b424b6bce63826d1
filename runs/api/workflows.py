"""Workflows as an API: what there is, how to call it, and calling it: with or without waiting for the end."""

from __future__ import annotations

import re
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from ninja import Body, Header, Router
from ninja.responses import Status as Answer
from pydantic import BaseModel, ValidationError

from genisys import Workflow, find_workflow, workflows
from runs import problems
from runs.api.answers import address_of, caller_of, detail, result
from runs.api.description.examples import example_of
from runs.api.schemas import RunDetail, RunResult, WorkflowDetail, WorkflowSummary
from runs.live import following, sse
from runs.live.ending import Waited, wait_for_end
from runs.live.following import Cursor
from runs.models import Run
from runs.problems import Problem, ProblemDetails, RunProblem
from runs.rules import inputs
from runs.service.starting import start_run

READ = ["GET", "HEAD"]
LEAVING = "This server is being replaced. Come back at once."
Key = Annotated[
    str, Header(alias="Idempotency-Key", max_length=200, description="The same key and body give the same run.")
]

router = Router(tags=["Workflows"])


@router.api_operation(READ, "", response=list[WorkflowSummary])
async def list_workflows(request: HttpRequest) -> list[dict[str, Any]]:
    """The workflows that can be started; with a token that is bound to some, those."""
    caller = caller_of(request, "read")
    return [_summary(workflow) for name, workflow in sorted(workflows().items()) if caller.covers(name)]


@router.api_operation(READ, "/{name}", response=WorkflowDetail)
async def get_workflow(request: HttpRequest, name: str) -> dict[str, Any]:
    """One workflow, with the JSON Schemas of its input and output, and an example of its input."""
    caller_of(request, "read", name)
    workflow = find_workflow(name)
    wanted = workflow.input_schema()
    return {
        **_summary(workflow),
        "input": wanted,
        "output": workflow.output_schema(),
        "example": example_of(wanted),
        "run_url": reverse("api:run_workflow", args=[name]),
        "start_url": reverse("api:start_workflow", args=[name]),
    }


@router.post("/{name}/start", response={202: RunDetail, 409: ProblemDetails})
async def start_workflow(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    input: Annotated[dict[str, Any], Body()],
    idempotency_key: Key = "",
) -> Answer[RunDetail]:
    """Start a run; the body is the workflow's input.

    Answers as soon as the run is recorded. The same `Idempotency-Key` with the same body gives the same
    run, however often it is sent; with another body it is a 409.
    """
    run = await _started(request, name, input, idempotency_key)
    response["Location"] = address_of(run)
    return Answer(202, await detail(request, run))


@router.post(
    "/{name}",
    response={
        200: RunResult,
        202: RunDetail,
        406: ProblemDetails,
        frozenset({409, 424}): RunProblem,
    },
    openapi_extra=sse.also_streamed(200),
)
async def run_workflow(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    input: Annotated[dict[str, Any], Body()],
    idempotency_key: Key = "",
    prefer: Annotated[
        str,
        Header(
            alias="Prefer",
            max_length=200,
            description="`wait=30` for how many seconds at most, or `respond-async` (RFC 7240).",
        ),
    ] = "",
) -> HttpResponseBase | Answer[Any]:
    """Start a run and wait for its end; the body is the workflow's input.

    By `Accept`: as JSON the run with its `output`, once it has ended, or as SSE or NDJSON the frames of
    `GET /runs/{run_id}/events` from the first event to the `end`. A run that failed is a 424 and one that was
    cancelled a 409, both with its id and error. One that takes longer than `Prefer: wait` or this server's own limit
    is a 202, and goes on. `Location` is where the run is, whatever becomes of this request: a client that goes away
    does not stop it. Send an `Idempotency-Key`, and the same request again gets the same run.
    """
    media_type = sse.preferred_form(request)
    if following.leaving.begun:
        raise Problem(503, LEAVING, headers={"Retry-After": "1"})
    run = await _started(request, name, input, idempotency_key)
    if media_type != sse.JSON:
        return await _streamed(request, run, media_type)
    seconds = _patience(prefer)
    if seconds is not None:
        response["Preference-Applied"] = f"wait={seconds}" if seconds else "respond-async"
    response["Location"] = address_of(run)
    return await _ended(request, run, settings.GENISYS_API_LONGEST_WAIT_SECONDS if seconds is None else seconds)


async def _started(request: HttpRequest, name: str, input: dict[str, Any], idempotency_key: str) -> Run:
    caller = caller_of(request, "start", name)
    workflow = find_workflow(name)
    parsed = _parsed(workflow, input)
    return await start_run(
        user=caller.user,
        workflow=name,
        input=parsed,
        title=workflow.title_for(parsed),
        idempotency_key=idempotency_key,
    )


async def _streamed(request: HttpRequest, run: Run, media_type: str) -> HttpResponseBase:
    here = {"Location": address_of(run)}
    try:
        answer = await sse.stream(caller_of(request, "start"), run, Cursor(), media_type)
    except Problem as problem:
        problem.headers |= here
        problem.extra |= {"run_id": run.pk}
        raise
    answer["Location"] = here["Location"]
    return answer


async def _ended(request: HttpRequest, run: Run, seconds: float) -> Answer[Any]:
    caller = caller_of(request, "start")
    waited = await wait_for_end(caller, run, seconds) if seconds else Waited.NOT_YET
    here = {"Location": address_of(run)}
    if waited == Waited.LEAVING:
        raise Problem(503, LEAVING, headers={"Retry-After": "1", **here}, run_id=run.pk)
    if waited == Waited.SHUT_OUT:
        raise Problem(403, "You may no longer see this run. It goes on.", headers=here, run_id=run.pk)
    if waited == Waited.NOT_YET:
        return Answer(202, await detail(request, run))
    ended = await result(request, run)
    if ended.status == "completed":
        return Answer(200, ended)
    failed = ended.status == "failed"
    said = (ended.error or {}).get("message") or "It gives no reason."
    raise Problem(
        424 if failed else 409,
        f"The run failed: {said}" if failed else "The run was cancelled before its end.",
        headers=here,
        run_id=run.pk,
        run_status=ended.status,
        error=ended.error,
    )


def _patience(prefer: str) -> int | None:
    """Return for how many seconds the client wants to wait at most; None where it does not say (RFC 7240)."""
    wait = re.search(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,6})\"?\s*(?:$|[,;])", prefer, re.IGNORECASE)
    if wait is not None:
        return min(int(wait[1]), settings.GENISYS_API_LONGEST_WAIT_SECONDS)
    return 0 if re.search(r"(?:^|[,;\s])respond-async\s*(?:$|[,;])", prefer, re.IGNORECASE) else None


def _summary(workflow: Workflow[Any, Any]) -> dict[str, Any]:
    return {
        "name": workflow.name,
        "description": workflow.description,
        "url": reverse("api:get_workflow", args=[workflow.name]),
    }


def _parsed(workflow: Workflow[Any, Any], data: dict[str, Any]) -> BaseModel:
    try:
        return inputs.parsed(workflow.input_type, data)
    except ValidationError as error:
        raise problems.invalid_input(error.errors(include_url=False, include_input=False)) from None
