"""ETags of finished runs (RFC 9110, 8.8.3): what was read once need not be sent again."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from runs.models import Run


def mark(request: HttpRequest, response: HttpResponse, run: Run) -> HttpResponse | None:
    """Mark the answer with the ETag of a finished run; return a 304 where the client has that one already.

    A run that was retried, and another version of this code, give another ETag. No cache keeps the answer
    (`KeptByNobody`): a program that holds it asks with the ETag.
    """
    response["Vary"] = "Accept, Authorization, Cookie"
    if not run.finished:
        return None
    said = (request.path, run.pk, run.status, run.seq, run.log_id, run.retried_count, settings.GENISYS_DEPLOYMENT)
    etag = f'"{hashlib.sha256(repr(said).encode()).hexdigest()[:32]}"'
    response["ETag"] = f"W/{etag}"
    held = [each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))]
    if etag not in held and "*" not in held:
        return None
    kept = {name: response[name] for name in ("ETag", "Vary")}
    return HttpResponse(status=304, headers=kept)
