"""Django's middleware without its detours: under ASGI it sends each of these to a thread and back, twice a request.

What they do there is look at headers and set some, which takes microseconds; the way to a thread takes longer, the
longer the busier the process is. So they run where the request is. Whatever could read or write the session or the
database still goes to the thread: saving a session, storing messages, and the page that refuses a forged form.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware import clickjacking, common, csrf, security
from django.utils.deprecation import MiddlewareMixin

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class Inline(MiddlewareMixin):
    """Runs both halves in the event loop, unless `blocks` says that the second one would touch the database."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        process_request: Callable[..., HttpResponseBase | None] = getattr(self, "process_request", _nothing)
        process_response: Callable[..., HttpResponseBase] = getattr(self, "process_response", _as_it_is)
        answered = process_request(request) or self.get_response(request)
        response = await answered if isawaitable(answered) else answered
        if self.blocks(request):
            return await sync_to_async(process_response)(request, response)
        return process_response(request, response)

    def blocks(self, request: HttpRequest) -> bool:
        return False


def _nothing(request: HttpRequest) -> None:
    return None


def _as_it_is(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    return response


class SecurityMiddleware(Inline, security.SecurityMiddleware):
    """HSTS, nosniff, the referrer and opener policies."""


class SessionMiddleware(Inline, sessions.SessionMiddleware):
    """The session, which is loaded when somebody looks into it."""

    def blocks(self, request: HttpRequest) -> bool:
        return bool(request.session.modified)


class CommonMiddleware(Inline, common.CommonMiddleware):
    """Slashes at the end, hosts that are not ours, and the length of the content.

    Probes are answered whatever host they name: their answers hold no address, and whoever probes cannot choose it.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in settings.PROBE_PATHS else super().process_request(request)


class CsrfViewMiddleware(Inline, csrf.CsrfViewMiddleware):
    """The check against forged forms. Only a request that could be refused has to wait for a thread."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            self.process_view = self._process_view_async  # type: ignore[assignment,method-assign]

    async def _process_view_async(
        self, request: HttpRequest, callback: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        check = super().process_view
        if request.method in SAFE_METHODS or getattr(callback, "csrf_exempt", False):
            return check(request, callback, args, kwargs)
        checked: HttpResponseBase | None = await sync_to_async(check)(request, callback, args, kwargs)
        return checked


class AuthenticationMiddleware(Inline, auth.AuthenticationMiddleware):
    """Who is signed in, which is looked up when somebody asks."""


class MessageMiddleware(Inline, messages.MessageMiddleware):
    """The messages of Django, which it keeps in a cookie and, where they are long, in the session."""

    def blocks(self, request: HttpRequest) -> bool:
        kept = getattr(request, "_messages", None)
        return kept is not None and bool(kept.used or kept.added_new)


class XFrameOptionsMiddleware(Inline, clickjacking.XFrameOptionsMiddleware):
    """No page of ours in a frame, for browsers that do not know the policy."""
