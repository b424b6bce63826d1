"""The addresses under `/staff/`; each room of the dashboard adds its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from runs.access import Action
from staff.compare.page import compare
from staff.trace import acts, log, opened, page

app_name = "staff"
urlpatterns: list[URLPattern | URLResolver] = [
    path("compare", compare, name="compare"),
    path("runs/<str:run_id>/", page.run_page, name="run"),
    path("runs/<str:run_id>/fragment", page.run_fragment, name="run_fragment"),
    path("runs/<str:run_id>/log.jsonl", log.export, name="run_log"),
    path("runs/<str:run_id>/cancel", acts.act, {"action": Action.CANCEL}, name="run_cancel"),
    path("runs/<str:run_id>/retry", acts.act, {"action": Action.RETRY}, name="run_retry"),
    path("runs/<str:run_id>/pause", acts.act, {"action": Action.PAUSE}, name="run_pause"),
    path("runs/<str:run_id>/resume", acts.act, {"action": Action.RESUME}, name="run_resume"),
    path("runs/<str:run_id>/restart", acts.restart, name="run_restart"),
    path("runs/<str:run_id>/limit", acts.limit, name="run_limit"),
    path("runs/<str:run_id>/fork", acts.fork, name="run_fork"),
    path("runs/<str:run_id>/values/<str:part>", opened.run_part, name="run_part"),
    path("runs/<str:run_id>/steps/<str:step>/<str:part>", opened.step_part, name="run_step_part"),
]
