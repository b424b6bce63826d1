"""The addresses under `/staff/`; each room of the dashboard adds its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from staff.alerts import views as alerts
from staff.fleet import deed_views as deed
from staff.fleet import views as fleet
from staff.money import views as money

app_name = "staff"
urlpatterns: list[URLPattern | URLResolver] = [
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
]
