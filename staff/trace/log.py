"""The run's event log: a stretch of it on the page, and all of it as JSON lines."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from genisys.host import STORE_ERRORS, LogPage
from runs.access import aget_run_or_404
from runs.models import Run
from runs.presentation.words import Moment
from runs.record.states import PAGE, run_events
from staff.door import staff_page
from staff.trace.values import readable
from staff.waterfall.lines import moment
from staff.waterfall.look import Look

EVENTS = 200
SHOWN_CHARS = 2_000
WHOLE = 10**9
AWAY = "The store of runs in flight does not answer just now. Nothing is lost: look again in a minute."
NONE_YET = "The log is not there: the run has not been handed out yet, or its history was removed."
_OWN = ("seq", "at", "type", "attempt", "step")


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as a line of the log."""

    seq: int
    at: Moment | None
    type: str
    attempt: int
    step: str
    step_url: str
    text: str
    hidden_chars: int


@dataclass(frozen=True, slots=True)
class LogView:
    """A stretch of the log. `problem` says in a sentence why there is none, where there should be."""

    lines: list[EventLine]
    total: int
    earlier: str = ""
    later: str = ""
    last: str = ""
    problem: str = ""


async def log_view(run: Run, look: Look) -> LogView:
    """Return the events behind `look.after`."""
    try:
        page = await run_events(run, look.after, EVENTS)
    except STORE_ERRORS:
        return LogView([], 0, problem=AWAY)
    if not page.found:
        return LogView([], 0, problem=NONE_YET)
    last = page.events[-1]["seq"] if page.events else page.last_seq
    return LogView(
        lines=[_line(event, look) for event in page.events],
        total=page.last_seq,
        earlier=look.link(after=max(0, look.after - EVENTS)) if look.after else "",
        later=look.link(after=last) if last < page.last_seq else "",
        last=look.link(after=max(0, page.last_seq - EVENTS)) if last < page.last_seq else "",
    )


def _line(event: dict[str, Any], look: Look) -> EventLine:
    rest = {name: value for name, value in event.items() if name not in _OWN}
    text = json.dumps(rest, ensure_ascii=False) if rest else ""
    step = event.get("step") or ""
    return EventLine(
        seq=event["seq"],
        at=moment(event["at"]),
        type=event["type"],
        attempt=event.get("attempt", 0),
        step=step,
        step_url=look.link(view="waterfall", step=step, after=0) if step else "",
        text=readable(text[:SHOWN_CHARS]),
        hidden_chars=max(0, len(text) - SHOWN_CHARS),
    )


@require_GET
@staff_page
@never_cache
async def export(request: HttpRequest, run_id: str) -> HttpResponse | StreamingHttpResponse:
    """The whole log as JSON lines, oldest first, as the store has it: secrets are dots there already."""
    run = await aget_run_or_404(cast(Any, await request.auser()), run_id)
    try:
        # An archive is decoded as a whole, so all of it is taken at once; a log in Redis comes page by page.
        first = await run_events(run, 0, WHOLE if run.finished else PAGE)
    except STORE_ERRORS:
        return HttpResponse(AWAY, status=503, content_type="text/plain; charset=utf-8")
    if not first.found:
        raise Http404(NONE_YET)
    answer = StreamingHttpResponse(_written(run, first), content_type="application/x-ndjson")
    answer["Content-Disposition"] = f'attachment; filename="run-{run.pk}.jsonl"'
    return answer


async def _written(run: Run, page: LogPage) -> AsyncIterator[bytes]:
    while page.events:
        for start in range(0, len(page.events), PAGE):
            yield b"".join(_json_line(event) for event in page.events[start : start + PAGE])
        if page.events[-1]["seq"] >= page.last_seq:
            return
        page = await run_events(run, page.events[-1]["seq"], PAGE)


def _json_line(event: dict[str, Any]) -> bytes:
    try:
        return f"{json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n".encode()
    except UnicodeEncodeError:  # half a surrogate pair, at the end of a piece of text
        return f"{json.dumps(event, separators=(',', ':'))}\n".encode()
