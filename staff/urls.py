"""The addresses under `/staff/`; each room of the dashboard adds its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from runs.access import Action
from staff.alerts import views as alerts
from staff.bulk import views as bulk
from staff.compare.page import compare
from staff.fleet import deed_views as deed
from staff.fleet import views as fleet
from staff.money import views as money
from staff.overview import views as overview
from staff.runs import causes, export, saved
from staff.runs import views as runs
from staff.trace import acts, log, opened, page

app_name = "staff"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("fragment", overview.fragment, name="overview_fragment"),
    path("runs/", runs.runs_list, name="runs"),
    path("runs/rows", runs.rows, name="runs_rows"),
    path("fleet/", fleet.fleet, name="fleet"),
    path("fleet/fragment", fleet.fragment, name="fleet_fragment"),
    path("fleet/workers/<path:name>/drain", deed.page(deed.DRAIN_WORKER), name="worker_drain"),
    path("fleet/workers/<path:name>/take", deed.page(deed.TAKE_AGAIN), name="worker_take"),
    path("fleet/deployments/<path:name>/promote", deed.page(deed.PROMOTE), name="deployment_promote"),
    path("fleet/deployments/<path:name>/drain", deed.page(deed.DRAIN_DEPLOYMENT), name="deployment_drain"),
    path("fleet/providers/<path:name>/pause", deed.page(deed.PAUSE), name="provider_pause"),
    path("fleet/providers/<path:name>/resume", deed.page(deed.RESUME), name="provider_resume"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("money/", money.money, name="money"),
    path("compare", compare, name="compare"),
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
