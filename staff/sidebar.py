"""The sidebar of the admin: the way to the dashboard, and beneath it the records, as the admin itself lists them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

_DASHBOARD = (
    ("Overview", "monitoring", "staff:overview"),
    ("Runs", "list", "staff:runs"),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the sidebar, as Unfold's SIDEBAR takes them. Whoever may see a record finds it here."""
    dashboard = [{"title": title, "icon": icon, "link": reverse(name)} for title, icon, name in _DASHBOARD]
    return [
        {"title": "Dashboard", "items": dashboard},
        *(
            {"title": app["name"], "separator": True, "items": [_item(model) for model in app["models"]]}
            for app in admin.site.get_app_list(request)
        ),
    ]


def _item(model: dict[str, Any]) -> dict[str, Any]:
    return {"title": model["name"], "link": model["admin_url"]}
