"""Reading runs: lists, one run, its output and its trace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import AwareDatetime

from runs.access import visible_runs, without_big_columns
from runs.api import cursors, etags
from runs.api.answers import caller_of, detail, run_of, summary
from runs.api.schemas import NO_NUL, RunDetail, RunList, Status, StepOut
from runs.engines import engine
from runs.models import Run
from runs.problems import Problem, RunProblem
from runs.record.steps import run_steps

PAGE_RUNS = 100
READ = ["GET", "HEAD"]

router = Router(tags=["Runs"])


@router.api_operation(READ, "", response=RunList)
async def list_runs(
    request: HttpRequest,
    status: Annotated[list[Status], Query()] = [],  # noqa: B006 - ninja reads the default, nobody changes it
    workflow: Annotated[str, Query(max_length=100, pattern=NO_NUL)] = "",
    parent: Annotated[str, Query(max_length=36, pattern=NO_NUL)] = "",
    q: Annotated[str, Query(max_length=200, pattern=NO_NUL)] = "",
    created_after: Annotated[AwareDatetime | None, Query()] = None,
    created_before: Annotated[AwareDatetime | None, Query()] = None,
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE_RUNS)] = 20,
) -> RunList:
    """The runs one may see, newest first.

    Give `status` several times to allow several. `parent` gives the forks and children of one run, `q` the runs with
    these words in their title, `created_after` (that moment and later) and `created_before` those of a time.
    """
    caller = caller_of(request, "read")
    runs = without_big_columns(visible_runs(caller.user, only=caller.workflows))
    if status:
        runs = runs.filter(status__in=status)
    if workflow:
        runs = runs.filter(workflow=workflow)
    if parent:
        runs = runs.filter(parent_id=parent)
    if q.strip():
        runs = runs.filter(title__icontains=q.strip())
    if created_after is not None:
        runs = runs.filter(created_at__gte=_utc(created_after))
    if created_before is not None:
        runs = runs.filter(created_at__lt=_utc(created_before))
    if cursor:
        runs = runs.filter(cursors.behind(cursor))
    found = [run async for run in runs[: limit + 1]]
    page = found[:limit]
    following = cursors.cursor_of(page[-1]) if len(found) > limit else None
    return RunList(runs=[summary(run) for run in page], next=following)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Problem(422, "This time is none in UTC.") from None


@router.api_operation(READ, "/{run_id}", response={200: RunDetail, 304: None})
async def get_run(request: HttpRequest, response: HttpResponse, run_id: str) -> HttpResponse | RunDetail:
    """One run as it is now.

    `questions` are what it asks just now; only who may answer gets them. A finished run has an `ETag`.
    """
    run = await run_of(request, run_id, "read")
    return etags.mark(request, response, run) or await detail(request, run)


@router.api_operation(READ, "/{run_id}/output", response={200: Any, 304: None, 409: RunProblem})
async def get_output(request: HttpRequest, response: HttpResponse, run_id: str) -> Any:
    """What a completed run made. 409 while there is nothing, with the reason."""
    run = await run_of(request, run_id, "read")
    now = await detail(request, run)
    if now.status == "completed":
        return etags.mark(request, response, run) or await _output(run)
    if now.status in ("failed", "cancelled"):
        raise Problem(409, "This run ended without an output.", run_id=run.pk, run_status=now.status, error=now.error)
    raise Problem(409, "This run has not ended yet.", run_id=run.pk, run_status=now.status)


async def _output(run: Run) -> Any:
    return await engine().output_of(run.pk) if run.output is None and not run.finished else run.output


@router.api_operation(READ, "/{run_id}/steps", response={200: list[StepOut], 304: None})
async def list_steps(request: HttpRequest, response: HttpResponse, run_id: str) -> Any:
    """The run's trace: every step that has finished, with its input and output, oldest first."""
    run = await run_of(request, run_id, "read")
    return etags.mark(request, response, run) or list(await run_steps(run))
