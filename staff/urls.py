"""The addresses under `/staff/`; each room of the dashboard adds its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from staff.runs import views as runs

app_name = "staff"
urlpatterns: list[URLPattern | URLResolver] = [
    path("runs/", runs.runs_list, name="runs"),
    path("runs/rows", runs.rows, name="runs_rows"),
]
