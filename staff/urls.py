"""The addresses under `/staff/`; each room of the dashboard adds its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from staff.bulk import views as bulk
from staff.overview import views as overview
from staff.runs import causes, export, saved
from staff.runs import views as runs

app_name = "staff"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("fragment", overview.fragment, name="overview_fragment"),
    path("runs/", runs.runs_list, name="runs"),
    path("runs/rows", runs.rows, name="runs_rows"),
    path("runs/causes", causes.causes, name="causes"),
    path("runs/export.csv", export.as_csv, name="runs_csv"),
    path("runs/export.json", export.as_json, name="runs_json"),
    path("runs/views", saved.save, name="view_save"),
    path("runs/views/<int:view_id>/remove", saved.remove, name="view_remove"),
    path("bulk/", bulk.acts, name="bulk_acts"),
    path("bulk/new", bulk.new, name="bulk_new"),
    path("bulk/<uuid:act_id>/", bulk.act, name="bulk_act"),
    path("bulk/<uuid:act_id>/fragment", bulk.fragment, name="bulk_fragment"),
    path("bulk/<uuid:act_id>/stop", bulk.stop, name="bulk_stop"),
]
