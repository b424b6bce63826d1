"""`/metrics`: who may read it, and that every number has the name, labels and value that a dashboard builds upon."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from genisys import Provider
from genisys.host import GateState, ServerFacts, WorkerInfo
from runs.models import Run
from staff.fleet.database import DatabaseFacts
from staff.fleet.look import Look, Queue
from staff.machines.families import Collected
from staff.machines.numbers import Asked, Ended, Numbers, _recorded
from staff.money import ledger

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
DASHBOARD = Path(__file__).resolve().parents[2] / "deploy/grafana/genisys.json"
_NAME = re.compile(r"genisys_\w+")

FLEET = Look(
    workers=[
        (WorkerInfo("w1", "h", 1, "v1", 4, 0, 0, ("a", "b", "c"), False), "busy"),
        (WorkerInfo("w2", "h", 2, "v1", 4, 0, 0, (), False), "idle"),
        (WorkerInfo("w3", "h", 3, "v1", 8, 0, 0, ("d",), False), "dead"),
    ],
    queues={"v1": Queue(waiting=3, oldest=NOW - timedelta(seconds=90), running=1, parked_for={"person": 2})},
    providers=[
        (Provider("openai"), GateState(paused_until_ms=NOW_MS + 30_000, held_until_ms=0)),
        (Provider("local"), GateState(is_open=True, row=7, paused_until_ms=NOW_MS - 1, held_until_ms=NOW_MS + 60_000)),
    ],
    redis=ServerFacts(used_bytes=1000, max_bytes=64_000),
    database=DatabaseFacts("SQLite 3", 4096, ("runs.0011",)),
)
NUMBERS = Numbers(
    NOW,
    FLEET,
    open={("blog", "running"): 2},
    ended=[Ended("blog", "failed", 4, 30, 120.5, 1_500_000, 1)],
    asked=[Asked('house "mini"\n', 9, 1000, 200)],
    alerts={"stuck-queue": 1},
)


def samples(numbers: Numbers) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels, sorted, as Prometheus' own parser reads them."""
    registry = CollectorRegistry()
    registry.register(Collected(numbers))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(each.name, *sorted(each.labels.values())): each.value for family in families for each in family.samples}


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        (("genisys_runs_open", "blog", "running"), 2),
        (("genisys_runs_ended_total", "blog", "failed"), 4),
        (("genisys_run_seconds_total", "blog", "failed"), 120.5),
        (("genisys_steps_total", "blog", "failed"), 30),
        (("genisys_cost_usd_total", "blog", "failed"), 1.5),
        (("genisys_runs_cost_unknown_total", "blog", "failed"), 1),
        (("genisys_model_calls_total", 'house "mini"\n'), 9),
        (("genisys_tokens_total", 'house "mini"\n', "output"), 200),
        (("genisys_queue_waiting", "v1"), 3),
        (("genisys_queue_oldest_seconds", "v1"), 90),
        (("genisys_queue_parked", "v1"), 2),
        (("genisys_workers", "v1", "busy"), 1),
        (("genisys_worker_places", "v1"), 8),
        (("genisys_worker_places_taken", "v1"), 3),
        (("genisys_provider_up", "openai"), 1),
        (("genisys_provider_up", "local"), 0),
        (("genisys_provider_failures_in_a_row", "local"), 7),
        (("genisys_provider_paused_seconds", "openai", "provider"), 30),
        (("genisys_provider_paused_seconds", "local", "provider"), 0),
        (("genisys_provider_paused_seconds", "local", "operator"), 60),
        (("genisys_redis_up",), 1),
        (("genisys_redis_memory_bytes",), 1000),
        (("genisys_database_migrations_missing",), 1),
        (("genisys_alerts_open", "stuck-queue"), 1),
    ],
)
def test_each_number_has_its_name_and_labels(sample: tuple[str, ...], value: float) -> None:
    name, *labels = sample
    assert samples(NUMBERS)[name, *sorted(labels)] == value


def test_while_redis_is_away_what_only_it_knows_is_left_out_and_not_told_as_nothing() -> None:
    away = samples(Numbers(NOW, Look(queues=FLEET.queues, away="ConnectionError")))
    assert away["genisys_redis_up",] == 0 and away["genisys_queue_waiting", "v1"] == 3
    assert not [name for name, *_ in away if name.startswith(("genisys_worker", "genisys_provider"))]


def test_the_dashboard_asks_for_nothing_that_is_not_measured() -> None:
    measured = {name for name, *_ in samples(NUMBERS)}
    targets = [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel["targets"]]
    asked = {name for expr in targets for name in _NAME.findall(expr)}
    assert asked - measured == set() and measured - asked <= {"genisys_redis_up", "genisys_database_migrations_missing"}


@pytest.mark.django_db
def test_counters_count_from_midnight_on() -> None:
    midnight = NOW.replace(hour=0)
    for hours in (-1, 1, 2):
        ended = midnight + timedelta(hours=hours)
        run = Run.objects.create(
            workflow="blog", deployment="d", input={}, status="completed", started_at=ended, ended_at=ended
        )
        ledger.write([run.pk])
    Run.objects.create(workflow="blog", deployment="d", input={}, status="waiting")
    open_runs, ended_runs, asked, alerts = _recorded(NOW)
    assert open_runs == {("blog", "waiting"): 1}
    assert [(each.workflow, each.status, each.runs) for each in ended_runs] == [("blog", "completed", 2)]
    assert (asked, alerts) == ([], {})


def test_the_token_of_the_settings_opens_it_in_both_formats(client: Client, db: None, settings: object) -> None:
    settings.GENISYS_METRICS_TOKEN = "scrape-me"  # type: ignore[attr-defined]
    bearer = {"authorization": "Bearer scrape-me"}
    plain = client.get("/metrics", headers=bearer)
    assert plain.status_code == 200 and plain["Content-Type"].startswith("text/plain")
    assert list(text_string_to_metric_families(plain.content.decode()))
    wanted = client.get("/metrics", headers={**bearer, "accept": "application/openmetrics-text; version=1.0.0"})
    assert list(open_metrics(wanted.content.decode()))
    for given in ("Bearer wrong", "Bearer ", "Basic scrape-me", "scrape-me"):
        refused = client.get("/metrics", headers={"authorization": given})
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")


def test_without_a_token_only_staff_read_it(client: Client, db: None) -> None:
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 401
    client.force_login(User.objects.create_user("customer"))
    assert client.get("/metrics").status_code == 401
    client.force_login(User.objects.create_user("viewer", is_staff=True))
    assert client.get("/metrics").status_code == 200
    assert client.post("/metrics").status_code == 405
