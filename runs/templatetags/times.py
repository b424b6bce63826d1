"""`{{ sentence|timed:moments }}`: the times that a sentence tells, as `<time>`, for a script to show in any zone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def timed(sentence: str, moments: Any) -> SafeString:
    """Return the sentence as HTML, escaped, each moment's text in it once as a `<time>`."""
    wanted = list(moments) if isinstance(moments, Iterable) else [moments]
    places = [(sentence.find(moment.text), moment) for moment in wanted if moment is not None]
    html, told = SafeString(""), 0
    for place, moment in sorted(places, key=lambda found: found[0]):
        if place >= told:
            html += format_html('{}<time datetime="{}">{}</time>', sentence[told:place], moment.iso, moment.text)
            told = place + len(moment.text)
    return html + escape(sentence[told:])
