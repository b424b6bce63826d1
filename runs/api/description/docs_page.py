"""The page of the API: the description in the product's own look, which needs no script."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

from runs.api.description.reference import groups_of, shapes_of


class Reference(DocsBase):
    """Draws the page for Ninja's view."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        described = api.get_openapi_schema(path_params=kwargs)
        context = {
            "about": described["info"]["description"],
            "groups": groups_of(described),
            "shapes": shapes_of(described),
            "openapi_url": self.get_openapi_url(api, kwargs),
        }
        return render(request, "runs/api/reference.html", context)
