"""What is done with a site over the API and by command: taken in, scheduled, held against before, deleted."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from ingestion.history import readings
from ingestion.models import Page, Site
from runs.accounts import tokens
from runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(django_user_model: Any) -> Site:
    owner = django_user_model.objects.create_user(username="o", email="o@example.com", password="x")
    site = Site.objects.create(owner=owner, url="https://vela.example/", title="Vela", status="ready")
    for path in ("", "fees"):
        Page.objects.create(site=site, url=f"https://vela.example/{path}", outcome="ok", digest=path)
    site.left_out.create(url="https://vela.example/quay", reason="budget", note="did not fit", alike=7)
    return site


class Caller:
    """One person's token on the API of sites."""

    def __init__(self, user: Any, *scopes: str) -> None:
        self.client = Client(
            headers={"Authorization": f"Bearer {tokens.issue(user, name='t', scopes=list(scopes))[1]}"}
        )

    def get(self, site: Site, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/sites/{site.pk}/{path}", query_params=query)

    def post(self, site: Site, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/sites/{site.pk}/{path}", json.dumps(body), content_type="application/json")


@pytest.fixture
def owner(site: Site) -> Caller:
    return Caller(site.owner, "read", "start", "control")


def test_what_is_left_out_is_listed_counted_and_taken_in(owner: Caller, site: Site) -> None:
    listed = owner.get(site, "left-out").json()
    assert listed["counts"] == {"budget": 7}
    assert [row["url"] for row in listed["pages"]] == ["https://vela.example/quay"]
    assert owner.post(site, "wishes", url="/quay", wish="take").json()["wish"] == "take"
    assert owner.post(site, "wishes", url="/fees", wish="never").json()["wish"] == "never"
    assert not Page.objects.filter(url="https://vela.example/fees").exists()
    assert owner.post(site, "wishes", url="/quay", wish="none").json() is None
    assert owner.post(site, "wishes", url="https://other.example/", wish="take").status_code == 422
    assert owner.post(site, "wishes", url="/x", wish="later").status_code == 422


def test_the_map_and_the_changes_are_given(owner: Caller, site: Site) -> None:
    assert {row["label"]: row["found"] for row in owner.get(site, "map").json()} == {"/*": 9}
    readings.end(site, "one")
    site.pages.get(url__endswith="/fees").delete()
    readings.end(site, "two")
    second, first = owner.get(site, "changes").json()
    assert first["changes"] is None
    assert second["changes"]["counts"]["pages_gone"] == 1


def test_a_schedule_is_set_and_shown(owner: Caller, site: Site) -> None:
    assert owner.post(site, "schedule", schedule="week").json()["next_reading_at"] is not None
    assert owner.client.get(f"/api/sites/{site.pk}").json()["schedule"] == "week"
    assert owner.post(site, "schedule", schedule="off").json() == {"schedule": "off", "next_reading_at": None}


def test_a_site_is_deleted_by_one_who_says_its_name(owner: Caller, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def expire(self: Any, run_id: str, seconds: int) -> None:
        """Nothing of it is in Redis."""

    monkeypatch.setattr("genisys.host.Engine.expire", expire)
    assert owner.get(site, "delete").json()["pages"] == 2
    assert owner.post(site, "delete", confirm="other.example").status_code == 422
    assert Site.objects.count() == 1
    assert owner.post(site, "delete", confirm="vela.example").json()["pages"] == 2
    assert Site.objects.count() == 0


def test_a_site_that_is_being_read_is_neither_deleted_nor_read_twice(owner: Caller, site: Site) -> None:
    run = Run.objects.create(workflow="ingest-site", owner=site.owner, input={}, deployment="t", status="running")
    Site.objects.update(run_id=run.pk)
    assert owner.post(site, "delete", confirm="vela.example").status_code == 409
    answer = owner.post(site, "read", failed=False)
    assert (answer.status_code, answer.json()["run_id"]) == (202, run.pk)


DEEDS = {
    "read": {"failed": False},
    "wishes": {"url": "/quay", "wish": "take"},
    "schedule": {"schedule": "day"},
    "delete": {"confirm": "vela.example"},
}


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_else_does_anything_with_a_site_and_a_reader_s_token_neither(
    site: Site, django_user_model: Any, deed: str
) -> None:
    make = django_user_model.objects.create_user
    for name, is_staff in (("outsider", False), ("staff", True)):
        other = make(username=name, email=f"{name}@example.com", password="x", is_staff=is_staff)
        assert Caller(other, "read", "start", "control").post(site, deed, **DEEDS[deed]).status_code == 404
    assert Caller(site.owner, "read").post(site, deed, **DEEDS[deed]).status_code == 403
    assert Page.objects.count() == 2


def run(what: str, *more: str, **options: Any) -> str:
    said = StringIO()
    call_command("site", what, "vela.example", *more, user="o@example.com", stdout=said, **options)
    return said.getvalue()


def test_the_command_shows_and_does_the_same(site: Site) -> None:
    assert "7  left out: Beyond your limit of pages" in run("status")
    assert "https://vela.example/fees" in run("pages")
    assert json.loads(run("left-out", json=True))["reason"] == "budget"
    assert "To be read: https://vela.example/quay" in run("take", "/quay")
    assert site.left_out.get(url__endswith="/quay").wish == "take"
    assert "Left out: https://vela.example/fees" in run("never", "/fees")
    assert "Every week" in run("schedule", "week")
    assert json.loads(run("map", json=True))["label"] == "/*"


def test_the_command_says_what_goes_before_it_deletes(site: Site) -> None:
    with pytest.raises(CommandError, match=r"2 pages.*Nothing was deleted: add --yes"):
        run("delete")
    assert Site.objects.count() == 1
    with pytest.raises(CommandError, match="Give one of off, day, week, month"):
        run("schedule", "hourly")
    with pytest.raises(CommandError, match="has not been read"):
        call_command("site", "status", "other.example", user="o@example.com")
