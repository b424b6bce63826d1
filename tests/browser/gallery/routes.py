"""Which named addresses there are, and which of them the shots show."""

from __future__ import annotations

from collections.abc import Iterable
from string import Formatter
from urllib.parse import urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tests.browser.gallery.shots import SHOTS

OURS = {"", "staff", "runs", "new", "mine", "webhooks", "ingestion", "agents"}
_ANY_ID = "00000000-0000-0000-0000-000000000001"


def named() -> set[str]:
    """Return the names of all addresses of the product's own, with their namespaces, and of those of accounts."""
    return set(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: Iterable[URLPattern | URLResolver], namespace: str) -> Iterable[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield f"{namespace}:{pattern.name}" if namespace else pattern.name
        elif (pattern.namespace or "") in OURS:
            yield from _walk(pattern.url_patterns, pattern.namespace or namespace)


def shown() -> set[str]:
    """Return the names of the addresses that the shots lead to."""
    return set(filter(None, (_name_of(shot.path) for shot in SHOTS)))


def _name_of(path: str) -> str:
    values = {name: _ANY_ID for _, name, _, _ in Formatter().parse(path) if name}
    try:
        return resolve(urlsplit(path.format(**values)).path).view_name
    except Resolver404:
        return ""
