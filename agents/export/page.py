"""A post as one HTML file that needs nothing else. Pure; its text is sanitised by `runs.presentation.markdown`."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents.editing.marked_text import tidy
from agents.post.assemble import SOURCES_HEADING, body_of
from runs.presentation.markdown import render

_STYLE = SafeString(
    "body{max-width:68ch;margin:2rem auto;padding:0 1rem;font:1.06rem/1.6 Georgia,serif}"
    "pre{white-space:pre-wrap;background:#f1efe9;padding:.75rem 1rem}code{font-family:monospace}"
    "blockquote{margin-inline:0;padding-inline-start:1rem;border-inline-start:2px solid #8d887b}"
)


def article_html(markdown: str) -> SafeString:
    """Return the post's text and its sources, without its title; markers lead to the pages that they name."""
    body, sources = body_of(markdown), markdown.rsplit(f"\n{SOURCES_HEADING}\n", 1)[1:]
    listed = f"\n\n{SOURCES_HEADING}\n\n{sources[0].strip()}" if sources else ""
    # The site's own pages have a title above and lower each heading for it: here the title is the file's.
    return render(tidy(f"{body}{listed}").replace("\n## ", "\n# ").removeprefix("#"))


def page_of(title: str, markdown: str) -> str:
    """Return the whole file."""
    return format_html(
        '<!doctype html>\n<html>\n<head><meta charset="utf-8"><title>{}</title><style>{}</style></head>\n'
        "<body><article><h1>{}</h1>\n{}</article></body>\n</html>\n",
        title,
        _STYLE,
        title,
        article_html(markdown),
    )
