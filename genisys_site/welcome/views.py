"""The page for strangers, and its recorded run at one of its events."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from genisys_site.welcome import recording

_KEPT_SECONDS = 3600


def welcome(request: HttpRequest) -> HttpResponse:
    """What this is, and the recorded run as it ended."""
    context = {
        "recording": recording.drawn(recording.last_seq()),
        "recording_file": recording.STATIC_NAME,
        "took": recording.took(),
    }
    return render(request, "welcome/welcome.html", context)


@require_safe
def recorded(request: HttpRequest) -> HttpResponse:
    """The recorded run as it was at `?seq=`, the same for everybody; a number outside the log means its end."""
    asked = request.GET.get("seq", "")
    last = recording.last_seq()
    seq = min(int(asked), last) if asked.isascii() and asked.isdigit() and len(asked) < 9 and int(asked) > 0 else last
    response = HttpResponse(recording.drawn(seq))
    response["X-Run-Seq"] = str(seq)
    patch_cache_control(response, public=True, max_age=_KEPT_SECONDS)
    return response
