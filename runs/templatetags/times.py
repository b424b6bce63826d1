"""`{{ sentence|timed:moments }}`: the times that a sentence tells, as `<time>`, for a script to show in any zone.

`{{ moment|left }}`: how long it is until then, in the words of `clock.js`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
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


@register.filter
def left(until: datetime) -> str:
    """Return how long it is until a moment, 0 s where it has passed."""
    seconds = max(0, int((until - timezone.now()).total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
