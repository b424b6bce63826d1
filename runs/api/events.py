"""A run's events: pages of history as JSON, or a live tail (`runs.live.sse`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Header, Query, Router
from pydantic_core import to_json

from genisys.host import Frame, LogPage, compacted
from runs.api.answers import caller_of, run_of
from runs.api.schemas import EventPage
from runs.live import following, sse
from runs.live.following import Cursor
from runs.live.sse import JSON
from runs.models import Run
from runs.problems import Problem, ProblemDetails
from runs.record.refused.refusals import cause_of, is_passing
from runs.record.states import run_events, run_snapshot

PAGE_BYTES = 256 * 1024
PAGE_EVENTS = 1000

log = structlog.get_logger("runs.api")
router = Router(tags=["Runs"])


@router.api_operation(
    ["GET", "HEAD"],
    "/{run_id}/events",
    response={200: EventPage, frozenset({406, 410}): ProblemDetails},
    openapi_extra=sse.also_streamed(200),
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
    media_type = sse.preferred_form(request)
    try:
        cursor = Cursor.parse(last_event_id or after)
    except ValueError as error:
        raise Problem(422, str(error)) from None
    run = await run_of(request, run_id, "read")
    if media_type == JSON:
        return await _history(run, cursor, limit)
    if request.method == "HEAD":
        return HttpResponse(content_type=media_type)
    if following.leaving.begun:
        raise Problem(503, "This server is being replaced. Come back at once.", headers={"Retry-After": "1"})
    return await sse.stream(caller_of(request, "read"), run, cursor, media_type)


async def _history(run: Run, cursor: Cursor, limit: int) -> HttpResponse:
    """Return a page of history of at most PAGE_BYTES, or one event that is larger."""
    try:
        return await _page_of(run, cursor, limit)
    except Problem:
        raise
    except Exception as error:
        if is_passing(error):
            raise
        log.error("run.unreadable", run_id=run.pk, cause=cause_of(error))
        raise Problem(410, Frame.unreadable(run.pk)["message"]) from error


async def _page_of(run: Run, cursor: Cursor, limit: int) -> HttpResponse:
    page = await run_events(run, cursor.seq, limit)
    resync = _misfit(page, cursor)
    if resync:
        cursor = Cursor(0)
        page = await run_events(run, 0, limit)
    state = None
    if page.first_seq > cursor.seq + 1 and (state := await run_snapshot(run)) is not None:
        resync, cursor = "trimmed", Cursor(state["seq"])
        page = await run_events(run, cursor.seq, limit)
    if page.first_seq > cursor.seq + 1:
        raise Problem(410, "A part of this run's history was lost. What is known of it is on its page.")
    history = compacted(page.events[:limit])
    events = _fitting(to_json(event, inf_nan_mode="null") for event in history)
    last = history[len(events) - 1]["seq"] if events else cursor.seq
    rest = {
        "next": str(Cursor(last, page.log_id or None)),
        "log_id": page.log_id,
        "up_to_date": last >= page.last_seq,
        "closed": page.closed,
        "resync": resync,
        **({} if state is None else {"state": state}),
    }
    body = b'{"events":[' + b",".join(events) + b"]," + to_json(rest, inf_nan_mode="null")[1:]
    return HttpResponse(body, JSON, headers={"Cache-Control": "private, no-cache", "Vary": "Accept"})


def _misfit(page: LogPage, cursor: Cursor) -> str | None:
    """Say how the cursor does not fit the log, as `EventPage.resync` has it; None where it does."""
    if page.found and cursor.log_id not in (None, page.log_id):
        return "log_id"
    return "ahead" if page.found and cursor.seq > page.last_seq else None


def _fitting(events: Iterable[bytes]) -> list[bytes]:
    """Return the first events that fit into a page together."""
    fitting: list[bytes] = []
    size = 0
    for event in events:
        size += len(event)
        if fitting and size > PAGE_BYTES:
            break
        fitting.append(event)
    return fitting
