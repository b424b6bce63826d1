"""A post's Markdown as HTML for a page: citation markers become small links to the page's list of sources.

Sanitising is `runs.presentation.markdown`'s; what is put into its output here is made of numbers alone.
"""

import re

from django.utils.safestring import SafeString, mark_safe

from agents.post.assemble import body_of
from agents.post.citations import each_marker
from runs.presentation.markdown import render

# Two characters of the private use area stand for a marker on its way through Markdown.
_OPEN, _CLOSE = "\ue010", "\ue011"
_PLACED = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


def section_html(markdown: str) -> SafeString:
    """Return one section's text as HTML."""
    bare = markdown.replace(_OPEN, "").replace(_CLOSE, "")
    html = render(each_marker(bare, lambda n: f"{_OPEN}{n}{_CLOSE}"))
    return mark_safe(_PLACED.sub(_superscript, html))  # noqa: S308 - sanitised; only numbers were put in


def article_html(markdown: str) -> SafeString:
    """Return the whole post as HTML, without its title and list of sources, which the page shows in its own way."""
    raised = re.sub(r"(?m)^## ", "# ", body_of(markdown))
    return section_html(raised)


def _superscript(match: re.Match[str]) -> str:
    return f'<sup><a href="#source-{match[1]}" aria-label="Source {match[1]}">{match[1]}</a></sup>'
