"""The addresses under `/staff/`; each room of the dashboard adds its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "staff"
urlpatterns: list[URLPattern | URLResolver] = []
