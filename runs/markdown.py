"""Markdown to HTML that is safe to show: what models write and pages hold is never trusted.

Two gates: the parser knows no raw HTML, and its output passes an allow-list. Pictures become their
alternative text, since a picture from elsewhere tells that elsewhere who reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

TAGS = (
    {"h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "ul", "ol", "li"}
    | {"strong", "em", "s", "code", "sup", "sub", "a"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
SCHEMES = {"http", "https", "mailto"}


def _lower_headings(state: StateCore) -> None:
    """Push headings down by one level: the page has its own h1."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 1, 6)}"


def _picture(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    words = renderer.renderInlineAsText(tokens[index].children or [], options, env)
    return f"<em>[picture: {escape(words)}]</em>" if words else ""


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True})
    parser.enable(["table", "strikethrough", "linkify"])
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.add_render_rule("image", _picture)
    return parser


_markdown = _parser()


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Keep links to other sites and to places on this page; none to addresses of ours."""
    if (tag, name) == ("a", "href") and not value.startswith(("http://", "https://", "mailto:", "#")):
        return None
    return value


@lru_cache(maxsize=256)
def render(text: str) -> SafeString:
    """Give the Markdown text as sanitised HTML."""
    html = nh3.clean(
        _markdown.render(text),
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}, "th": {"scope"}},
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )
    return mark_safe(html)  # noqa: S308 - it has passed the allow-list above
