"""Lists that stay live: the same address answers with its list alone, for the script of a page that has the rest."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

_HEADER = "X-Requested-With"


def render_list(request: HttpRequest, page: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """Return the page, or, where a script asks, the part of it that changes."""
    asked_by_script = request.headers.get(_HEADER) == "fetch"
    response = render(request, part if asked_by_script else page, context)
    patch_vary_headers(response, (_HEADER,))
    return response
