"""What a site is said to be is what the run that read it has come to."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from genisys.host import new_state
from ingestion.models import Site
from runs.models import Run
from runs.record.signals import run_finished

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser(username="o", email="o@example.com", password="x")


def _reading(owner: Any, status: str = "running", **fields: Any) -> tuple[Site, Run]:
    run = Run.objects.create(workflow="ingest-site", owner=owner, title="x", input={}, deployment="t", status=status)
    site = Site.objects.create(owner=owner, url=f"https://{status}.example/", run_id=run.pk, status="reading", **fields)
    return site, run


def _end(run: Run, status: str) -> None:
    run.status = status
    run.save()
    run_finished.send(sender=Run, run=run, state=new_state() | {"run_status": status})


@pytest.mark.parametrize(("status", "word"), [("failed", "reading failed"), ("cancelled", "reading stopped")])
def test_a_site_whose_run_broke_off_is_not_being_read(owner: Any, status: str, word: str) -> None:
    site, run = _reading(owner)
    _end(run, status)
    site.refresh_from_db()
    assert site.get_status_display() == word


def test_a_site_that_was_read_before_stays_so(owner: Any) -> None:
    site, run = _reading(owner, read_at=timezone.now())
    _end(run, "failed")
    site.refresh_from_db()
    assert site.status == "ready"


def test_another_run_s_end_is_not_the_site_s(owner: Any) -> None:
    site, run = _reading(owner)
    Site.objects.filter(pk=site.pk).update(run_id="another")
    _end(run, "failed")
    site.refresh_from_db()
    assert site.status == "reading"


@pytest.mark.parametrize(
    ("status", "said"),
    [("failed", "its reading failed"), ("cancelled", "its reading was stopped"), ("running", "being read now")],
)
def test_the_site_s_page_says_how_its_run_stands(client: Client, owner: Any, status: str, said: str) -> None:
    site, _ = _reading(owner, status)
    client.force_login(owner)
    shown = client.get(site.get_absolute_url()).content.decode()
    assert said in shown
    assert ("being read now" in shown) == (status == "running")


def test_the_admin_says_that_a_retried_run_reads_again(client: Client, owner: Any) -> None:
    site, run = _reading(owner)
    _end(run, "failed")
    client.force_login(owner)
    address = reverse("admin:ingestion_site_changelist")
    listed = client.get(address).context["cl"].result_list
    assert [client.get(address).context["cl"].model_admin.state(row) for row in listed] == ["reading failed"]
    Run.objects.filter(pk=run.pk).update(status="running")
    cl = client.get(address).context["cl"]
    assert [cl.model_admin.state(row) for row in cl.result_list] == ["being read"]
    site.refresh_from_db()


def test_sites_that_were_left_reading_are_settled_by_the_migration(owner: Any) -> None:
    sites = {status: _reading(owner, status)[0] for status in ("failed", "cancelled", "running")}
    import_module("ingestion.migrations.0004_site_reading_that_broke_off").settle(apps, None)
    found = {status: Site.objects.get(pk=site.pk).status for status, site in sites.items()}
    assert found == {"failed": "failed", "cancelled": "stopped", "running": "reading"}
