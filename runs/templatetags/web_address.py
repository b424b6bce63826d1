"""`{{ url|web_address }}`: an address that came from elsewhere, fit to stand in a link."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def web_address(url: str) -> str:
    """Return the address where it is http or https, else "", which leads nowhere: escaping would let javascript: by."""
    return url if str(url).lower().startswith(("http://", "https://")) else ""
