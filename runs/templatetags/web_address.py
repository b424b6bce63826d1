"""`{{ url|web_address }}`: an address that came from elsewhere, fit to stand in a link."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def web_address(url: str) -> str:
    """Give the address where it is http or https, else "", which leads nowhere: escaping does not stop javascript:."""
    return url if str(url).lower().startswith(("http://", "https://")) else ""
