"""Every route of the product, as its resolver knows it, and the addresses that stand for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OURS = ("runs", "ingestion", "agents", "staff", "genisys_site", "ninja.operation")
"""Whose views answer for each of their methods. Views of Django, allauth and Unfold take PUT for POST, or anything."""

_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


@cache
def routes() -> dict[str, URLPattern]:
    """Every route with its pattern, as Django writes it: `runs/<str:run_id>/cancel`. Static files are no route."""
    return dict(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: Iterable[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route, pattern


def is_ours(pattern: URLPattern) -> bool:
    """Whether the view is the product's own, and not that of a library."""
    return getattr(pattern.callback, "__module__", "").startswith(OURS)


def address(route: str, value_of: Callable[[str], str]) -> str:
    """Return an address of the route, each of its parts as `value_of` says."""

    def value(found: re.Match[str]) -> str:
        return value_of(found[1])

    path = _CONVERTER.sub(value, _GROUP.sub(value, route))
    return "/" + path.replace("^", "").replace("$", "")
