"""No request brings more than DATA_UPLOAD_MAX_MEMORY_SIZE bytes: it gets 413, and what is over is not kept.

Two halves. Django's handler reads a whole body before any middleware runs, so `limited` stands before it, counts, and
hands on no more than allowed. `refuse_large_bodies` is the middleware that then answers, with the headers of every
other response. Under our own server `http_requests` keeps the rest off the disk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from runs.problems import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Any, Any, Any], Awaitable[Any]]

_TOO_LARGE = "genisys.body_too_large"
_END = {"type": "http.request", "body": b"", "more_body": False}


def limited(application: Application) -> Application:
    """Return the ASGI application, which never sees more of a body than is allowed."""

    async def limit(scope: Message, receive: Receive, send: Any) -> Any:
        counted = _Counted(scope, receive)
        return await application(counted.scope, counted.receive, send)

    return limit


class _Counted:
    """One request's body. Once it is too large it ends at once, and the scope says why."""

    def __init__(self, scope: Message, receive: Receive) -> None:
        self.scope = {**scope, _TOO_LARGE: _announced(scope) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
        self._receive = receive
        self._size = 0
        self._ended = False

    async def receive(self) -> Message:
        if self.scope[_TOO_LARGE] and not self._ended:
            self._ended = True
            return dict(_END)
        message = await self._receive()
        while self._ended and message["type"] == "http.request":
            message = await self._receive()
        if message["type"] != "http.request":
            return message
        self._size += len(message.get("body", b""))
        if self._size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self.scope[_TOO_LARGE] = True
            self._ended = True
            return dict(_END)
        return message


def _announced(scope: Message) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return int(lengths[0][:20]) if lengths else 0


@sync_and_async_middleware
def refuse_large_bodies(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answer 413 to a request whose body is too large: as a problem under /api/, else in a sentence."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            response: HttpResponseBase = _refusal(request) or await get_response(request)
            return response

        return answer_later

    def answer(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = _refusal(request) or get_response(request)
        return response

    return answer


def _refusal(request: HttpRequest) -> HttpResponse | None:
    length = request.META.get("CONTENT_LENGTH") or ""
    announced = int(length[:20]) if length.isdigit() else 0
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if announced <= limit and not getattr(request, "scope", {}).get(_TOO_LARGE):
        return None
    sentence = f"A request may bring {limit:,} bytes at most, and this one brought more. Nothing of it was used."
    if request.path_info.startswith("/api/"):
        return Problem(413, sentence).response()
    return HttpResponse(sentence, status=413, content_type="text/plain; charset=utf-8")
