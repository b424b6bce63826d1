"""Light, dark or as the system has it: kept in a cookie, so that the first paint already has it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "theme"
CHOICES = ("auto", "light", "dark")
_ONE_YEAR_SECONDS = 365 * 24 * 3600


def context(request: HttpRequest) -> dict[str, str]:
    """Return the context of every template: `theme` is one of CHOICES."""
    chosen = request.COOKIES.get(COOKIE, "auto")
    return {"theme": chosen if chosen in CHOICES else "auto"}


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice. Goes back to the page given as `next`, or answers 204 to a script."""
    chosen = request.POST.get("theme", "")
    if chosen not in CHOICES:
        return HttpResponse("theme must be auto, light or dark", status=400, content_type="text/plain")
    target = request.POST.get("next", "")
    response: HttpResponse | HttpResponseRedirect
    if request.headers.get("Accept", "").startswith("application/json"):
        response = HttpResponse(status=204)
    elif url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        response = redirect(target)
    else:
        response = redirect("home")
    response.set_cookie(COOKIE, chosen, max_age=_ONE_YEAR_SECONDS, samesite="Lax", secure=request.is_secure())
    return response
