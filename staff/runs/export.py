"""The list as a file: CSV for spreadsheets, JSON for programs, written while it is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from runs.models import Run
from staff.door import staff_page
from staff.narrowing.paging import walked
from staff.runs.rows import person_of
from staff.runs.views import asked

MOST = 50_000
COLUMNS = (
    *("id", "title", "workflow", "status", "waits_for", "person", "tries", "retried", "started", "began", "ended"),
    *("cached_steps", "input_tokens", "output_tokens", "cost_usd", "known_cost_usd", "cause", "worker", "deployment"),
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MICROUSD = 1_000_000


@require_GET
@staff_page
async def as_csv(request: HttpRequest) -> HttpResponseBase:
    """The runs that the filters let through, at most MOST, newest first, as CSV (RFC 4180, UTF-8)."""
    return await _file(request, _csv, "text/csv; charset=utf-8", "runs.csv")


@require_GET
@staff_page
async def as_json(request: HttpRequest) -> HttpResponseBase:
    """The same as one JSON array."""
    return await _file(request, _json, "application/json", "runs.json")


async def _file(request: HttpRequest, write: Any, media_type: str, name: str) -> HttpResponseBase:
    request.user = await request.auser()
    found = await sync_to_async(asked)(request)
    if found.away or found.filters.wrong:
        said = found.away or " ".join(found.filters.wrong.values())
        return HttpResponse(said, content_type="text/plain; charset=utf-8", status=503 if found.away else 422)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(write(found.runs), content_type=media_type, headers=disposition)


async def _csv(runs: QuerySet[Run]) -> AsyncIterator[str]:
    yield _lines([COLUMNS])
    async for some in walked(runs, most=MOST):
        yield _lines([[_cell(value) for value in _values(run).values()] for run in some])


async def _json(runs: QuerySet[Run]) -> AsyncIterator[str]:
    before = "[\n"
    async for some in walked(runs, most=MOST):
        yield before + ",\n".join(json.dumps(_values(run), ensure_ascii=False) for run in some)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _values(run: Run) -> dict[str, Any]:
    """Return the values of COLUMNS; times in ISO 8601, amounts in US dollars, None for what is not known."""
    values = (
        *(run.pk, run.title, run.workflow, run.status, run.waits_for, person_of(run), run.attempt, run.retried_count),
        *(at.isoformat() if at else None for at in (run.created_at, run.started_at, run.ended_at)),
        *(run.cached_steps, run.input_tokens, run.output_tokens),
        None if run.cost_microusd is None else run.cost_microusd / _MICROUSD,
        run.known_cost_microusd / _MICROUSD,
        *(run.cause, run.worker, run.deployment),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _cell(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula: text that begins like one gets an apostrophe before it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_STARTS) else value


def _lines(rows: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
