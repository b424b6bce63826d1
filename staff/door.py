"""Who comes in: staff look, and whoever may operate runs acts.

For everybody else these pages do not exist, as with runs that are not theirs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from runs.access import OPERATE

View = Callable[..., Any]
_LOOK_ONLY = "You may look at this page, but not act here: that takes the right to operate runs."


def staff_page(view: View) -> View:
    """Show the page to staff; ask whoever is not signed in to do so. For others it does not exist (404)."""
    return _guarded(view, acts=False)


def operators_act(view: View) -> View:
    """Let in staff with the right to operate runs alone; staff without it are told so (403)."""
    return _guarded(view, acts=True)


def _guarded(view: View, *, acts: bool) -> View:
    return _guarded_async(view, acts) if iscoroutinefunction(view) else _guarded_sync(view, acts)


def _guarded_async(view: View, acts: bool) -> View:
    @wraps(view)
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = await request.auser()
        if refusal := _refusal(request, user):
            return refusal
        if acts and not await user.ahas_perm(OPERATE):
            raise PermissionDenied(_LOOK_ONLY)
        answer: Awaitable[HttpResponse] = view(request, *args, **kwargs)
        return await answer

    return guarded


def _guarded_sync(view: View, acts: bool) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if refusal := _refusal(request, request.user):
            return refusal
        if acts and not request.user.has_perm(OPERATE):
            raise PermissionDenied(_LOOK_ONLY)
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    return guarded


def _refusal(request: HttpRequest, user: Any) -> HttpResponse | None:
    """Return where whoever is not signed in goes first, None for staff. Raises Http404 for everybody else."""
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not (user.is_active and user.is_staff):
        raise Http404
    return None
