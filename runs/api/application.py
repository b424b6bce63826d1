"""The API as a whole: what is the same for each of its answers, and its description.

Answers to HEAD have no body, every refusal is a problem, also for addresses and methods that do not exist, and each
answer says how many requests are left.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from pydantic_core import from_json

from genisys import workflows
from runs.api.authentication import add_rate_headers
from runs.api.description import openapi
from runs.problems import Problem

View = Callable[..., Awaitable[HttpResponseBase]]


class StrictParser(Parser):
    """Reads JSON as RFC 8259 has it: no NaN, no half of a surrogate pair, no nesting without end. Or a page's form."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type == "multipart/form-data":
            return {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
        return from_json(request.body, allow_inf_nan=False)


class Api(NinjaAPI):
    """Ninja's API with our finish on every answer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parser=StrictParser(), **options)
        self._described: tuple[tuple[str, ...], OpenAPISchema] | None = None

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = super()._get_urls()
        for pattern in (each for each in patterns if isinstance(each, URLPattern)):
            if iscoroutinefunction(pattern.callback):
                pattern.callback = _finished(pattern.callback)
            elif pattern.name == "api-root":
                pattern.callback = _nothing_here
        return [*patterns, re_path("", _nothing_here)]

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the description; it is made once, and anew where there are other workflows."""
        known = workflows()
        if self._described is None or self._described[0] != tuple(known):
            schema = super().get_openapi_schema(**options)
            openapi.complete(schema, known)
            self._described = (tuple(known), schema)
        return self._described[1]


def _finished(view: View) -> View:
    @functools.wraps(view)
    async def finished(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = await view(request, *args, **kwargs)
        if response.status_code == 405:
            response = _not_allowed(request, response)
        add_rate_headers(request, response)
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    return finished


def _not_allowed(request: HttpRequest, refusal: HttpResponseBase) -> HttpResponse:
    detail = f"{request.method} is not for this address. It takes {refusal['Allow']}."
    return Problem(405, detail, headers={"Allow": refusal["Allow"]}).response()


@csrf_exempt
async def _nothing_here(request: HttpRequest) -> HttpResponse:
    return Problem(404, "There is nothing at this address. What there is stands in /api/docs.").response()
