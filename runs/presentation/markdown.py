"""Markdown to HTML that is safe to show: what models write and pages hold is never trusted.

Two gates: the parser knows no raw HTML, and its output passes an allow-list. Pictures become their
alternative text, since a picture loaded from another site shows that site who reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape, linebreaks
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
# Markdown's parser takes time that grows faster than some texts do (a cell for each column in each row; each bare
# address in a word anew), and it runs in the web process: so much of a text is read.
MOST_CHARS = 200_000
MOST_MARKS = 6_000
MOST_COLUMNS = 64
LONGEST_WORD = 500
_MARKS = "[]`*_~<>&!\\"


def _lower_headings(state: StateCore) -> None:
    """Push headings down by one level: the page has its own h1."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 1, 6)}"


def _picture(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    words = renderer.renderInlineAsText(tokens[index].children or [], options, env)
    return f"<em>[picture: {escape(words)}]</em>" if words else ""


def _parser(*rules: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": "linkify" in rules})
    parser.enable(["strikethrough", *rules])
    if parser.linkify is not None:
        # A bare `test.sh` or `README.md` is a file, though both endings are those of countries.
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.add_render_rule("image", _picture)
    return parser


_parsers: dict[tuple[str, ...], MarkdownIt] = {
    rules: _parser(*rules) for rules in ((), ("table",), ("linkify",), ("table", "linkify"))
}


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Keep links to other sites and to places on this page; none to addresses of ours."""
    if (tag, name) == ("a", "href") and not value.startswith(("http://", "https://", "mailto:", "#")):
        return None
    return value


def marks_in(text: str) -> int:
    """Count the signs that make Markdown costly to read."""
    return sum(map(text.count, _MARKS))


def is_too_much(text: str) -> bool:
    """Tell whether the text is longer, or has more marks, than is read as Markdown."""
    return len(text) > MOST_CHARS or marks_in(text) > MOST_MARKS


def block_lines(text: str) -> list[int]:
    """Return the line at which each block of the text begins."""
    tokens: list[Token] = []
    parser = _parser_for(text)
    parser.block.parse(text, parser, {}, tokens)
    return [token.map[0] for token in tokens if token.map and token.level == 0 and token.nesting >= 0]


def _rendered(text: str) -> str:
    """Return the text as HTML by as much of Markdown as it can be read with in a moment."""
    if len(text) > MOST_CHARS:
        text = f"{text[:MOST_CHARS]}\n\n… ({len(text) - MOST_CHARS:,} characters more)"
    if is_too_much(text[:MOST_CHARS]):
        return linebreaks(text, autoescape=True)
    return str(_parser_for(text).render(text))


def _parser_for(text: str) -> MarkdownIt:
    rules = []
    if max(map(_bars, text.splitlines()), default=0) <= MOST_COLUMNS:
        rules.append("table")
    if max(map(len, text.split()), default=0) <= LONGEST_WORD:
        rules.append("linkify")
    return _parsers[tuple(rules)]


def _bars(line: str) -> int:
    return line.count("|")


@lru_cache(maxsize=256)
def render(text: str) -> SafeString:
    """Return the Markdown text as sanitised HTML.

    Of a text over MOST_CHARS only the beginning is shown, and says so; one of more than MOST_MARKS marks is shown as it
    stands. Tables of more columns than MOST_COLUMNS are no tables, and beside a longer word than LONGEST_WORD bare
    addresses are no links.
    """
    html = nh3.clean(
        _rendered(text),
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}, "th": {"scope"}},
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )
    return mark_safe(html)  # noqa: S308 - it has passed the allow-list above
