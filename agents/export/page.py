"""A post as one HTML file that needs nothing else. Pure; its text is sanitised by `runs.presentation.markdown`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from agents.editing.marked_text import tidy
from agents.post.assemble import SOURCES_HEADING, body_of
from runs.presentation.markdown import render

READ_NEXT = "Read next"
_MARKER = re.compile(r'<a href="[^"<>]{1,4096}"[^<>]{0,100}>[0-9]{1,3}</a>')
_STYLE = SafeString(
    "body{max-width:68ch;margin:2rem auto;padding:0 1rem;font:1.06rem/1.6 Georgia,serif}"
    "pre{white-space:pre-wrap;background:#f1efe9;padding:.75rem 1rem}code{font-family:monospace}"
    "blockquote{margin-inline:0;padding-inline-start:1rem;border-inline-start:2px solid #8d887b}"
)


def article_html(markdown: str) -> SafeString:
    """Return the post's text and its sources, without its title; its markers, set high, lead to the sources' pages."""
    body, sources = body_of(markdown), markdown.rsplit(f"\n{SOURCES_HEADING}\n", 1)[1:]
    listed = f"\n\n{SOURCES_HEADING}\n\n{sources[0].strip()}" if sources else ""
    # The site's own pages have a title above and lower each heading for it: here the title is the file's.
    html = render(tidy(f"{body}{listed}").replace("\n## ", "\n# ").removeprefix("#"))
    return mark_safe(_MARKER.sub(r"<sup>\g<0></sup>", html))  # noqa: S308 - sanitised; fixed words were put in


def fragment_of(markdown: str, related: Sequence[tuple[str, str]] = ()) -> SafeString:
    """Return what stands in a page under its title: the post, and pages to read next."""
    return article_html(markdown) + _read_next(related)


def page_of(title: str, markdown: str, description: str = "", related: Sequence[tuple[str, str]] = ()) -> str:
    """Return the whole file. `related` are addresses and titles of pages to read next."""
    return format_html(
        '<!doctype html>\n<html>\n<head><meta charset="utf-8"><title>{}</title>{}<style>{}</style></head>\n'
        "<body><article><h1>{}</h1>\n{}</article></body>\n</html>\n",
        title,
        format_html('<meta name="description" content="{}">', description) if description else "",
        _STYLE,
        title,
        fragment_of(markdown, related),
    )


def _read_next(related: Sequence[tuple[str, str]]) -> SafeString:
    if not related:
        return SafeString("")
    listed = format_html_join("", '<li><a href="{}">{}</a></li>', related)
    return format_html("<h2>{}</h2><ul>{}</ul>\n", READ_NEXT, listed)
