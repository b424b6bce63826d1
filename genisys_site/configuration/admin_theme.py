"""The look of the admin: Unfold in the colours of `static/css/tokens.css`, with the product's mark and faces."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static

_PAPER = {
    "50": "#fbfaf7",
    "100": "#f1efe9",
    "200": "#dedad0",
    "300": "#cfcabd",
    "400": "#a3a8b3",
    "500": "#656a75",
    "600": "#5b606b",
    "700": "#3a404b",
    "800": "#2e333c",
    "900": "#1b1e24",
    "950": "#14161a",
}
"""From the ground of the light theme to that of the dark one."""

_ACCENT = {
    "50": "#f3f7fd",
    "100": "#e8f0fc",
    "200": "#cfe0f9",
    "300": "#a9c8f8",
    "400": "#86b4ff",
    "500": "#6a9ff5",
    "600": "#1f5fbf",
    "700": "#1a4f9f",
    "800": "#173f7d",
    "900": "#1d2a40",
    "950": "#131c2b",
}


def _static(name: str) -> Any:
    """Return a callable that gives a file's address: its hashed name is not known while settings are read."""

    def address(request: HttpRequest) -> str:
        return static(name)

    return address


UNFOLD = {
    "SITE_TITLE": "Genisys",
    "SITE_HEADER": "Genisys",
    "SITE_SUBHEADER": "Records",
    "SITE_URL": "/",
    "SITE_ICON": _static("favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _static("favicon.svg")},
        {"rel": "apple-touch-icon", "href": _static("apple-touch-icon.png")},
    ],
    "SHOW_HISTORY": False,
    "BORDER_RADIUS": "0.5rem",
    "COLORS": {"base": _PAPER, "primary": _ACCENT},
    "STYLES": [_static("css/faces.css"), _static("css/admin.css")],
    "SCRIPTS": [_static("js/admin.js")],
    "SIDEBAR": {"navigation": "staff.sidebar.navigation"},
}
