"""Where browsers say that a page tried something its policy forbids: a line of log each, and never many.

Anybody may send anything here, so all of it is bounded: size, number of lines a minute, and length of each field. The
two formats are those of `report-uri` (CSP 2) and `report-to` (Reporting API).
"""

from __future__ import annotations

import time
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from pydantic_core import from_json

MOST_BYTES = 16 * 1024
MOST_A_MINUTE = 30
"""Lines of one process. Who floods hides the reports of others for a minute, and fills no disk."""
LONGEST_FIELD = 200
_MINUTE_S = 60.0

log = structlog.get_logger("site.csp")


class Budget:
    """So many lines in each minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._since = float("-inf")
        self._spent = 0

    def spend(self) -> bool:
        """Say whether one more may be written now, and count it."""
        now = time.monotonic()
        if now - self._since >= _MINUTE_S:
            self._since, self._spent = now, 0
        self._spent += 1
        return self._spent <= self._most


budget = Budget(MOST_A_MINUTE)


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Write the reports down. 204 whatever they were, 413 where they are too large, 429 over the budget."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES or len(request.body) > MOST_BYTES:
        return HttpResponse(status=413)
    for report in _reports(request.body):
        if not budget.spend():
            return HttpResponse(status=429, headers={"Retry-After": str(int(_MINUTE_S))})
        log.warning("csp.violation", **report)
    return HttpResponse(status=204)


def _reports(body: bytes) -> list[dict[str, str]]:
    try:
        sent = from_json(body)
    except ValueError:
        return []
    found = []
    for each in sent if isinstance(sent, list) else [sent]:
        report = (each.get("csp-report") or each.get("body")) if isinstance(each, dict) else None
        if isinstance(report, dict):
            found.append(_report(report))
    return found


def _report(report: dict[str, Any]) -> dict[str, str]:
    def first(*names: str) -> str:
        return next((str(report[name])[:LONGEST_FIELD] for name in names if report.get(name)), "")

    return {
        "directive": first("effectiveDirective", "effective-directive", "violated-directive"),
        "blocked": first("blockedURL", "blocked-uri"),
        # Without what stands behind the question mark, which may be a person's own words.
        "page": first("documentURL", "document-uri").partition("?")[0],
        "source": first("sourceFile", "source-file").partition("?")[0],
        "line": first("lineNumber", "line-number"),
    }
