"""A profile under a person's hand: what they set stays over readings, each state is a version, one may be approved."""

from __future__ import annotations

from typing import Any

import pytest

from genisys.testing import run_in_memory
from ingestion.models import Site
from ingestion.requests import IngestRequest
from ingestion.understanding.profiles import Change, changes
from ingestion.workflow import ingest_site

pytestmark = pytest.mark.django_db(transaction=True)


async def read(url: str) -> Site:
    report = await run_in_memory(ingest_site, IngestRequest(url=url))
    assert report.error is None
    return await Site.objects.aget(pk=report.output.site_id)


async def owned(site: Site, django_user_model: Any) -> Any:
    owner = await django_user_model.objects.acreate_user(username="o", email="o@example.com", password="x")
    await Site.objects.filter(pk=site.pk).aupdate(owner=owner)
    return owner


async def test_what_a_person_set_is_overwritten_by_no_reading(
    site: Any, model: Any, async_client: Any, django_user_model: Any
) -> None:
    site.page("/", ["/a"])
    site.page("/a")
    kept = await read(site.url)
    await async_client.aforce_login(await owned(kept, django_user_model))
    was = kept.profile
    given = {"title": was["title"], "what": "We cast <valves> by hand.", "audience": "", "tone": was["tone"]}
    assert (await async_client.post(f"/sites/{kept.pk}/profile", given)).status_code == 302
    shown = (await async_client.get(f"/sites/{kept.pk}/")).content.decode()
    assert "We cast &lt;valves&gt; by hand." in shown and "Set by you" in shown

    await Site.objects.filter(pk=kept.pk).aupdate(owner=None)
    site.page("/a", text="Vela rents berths for boats of any length to guests, who may stay for three nights. " * 3)
    again = await read(site.url)
    assert again.pk == kept.pk
    assert again.profile["what"] == "We cast <valves> by hand."
    assert again.profile["what_by"] == "you"
    assert again.edits == {"what": "We cast <valves> by hand."}
    assert [version.number async for version in again.versions.all()] == [3, 2, 1]


async def test_a_reading_that_finds_the_same_makes_no_version(site: Any, model: Any) -> None:
    site.page("/", ["/a"])
    site.page("/a")
    await read(site.url)
    assert await (await read(site.url)).versions.acount() == 1


async def test_only_what_was_seen_is_approved(site: Any, model: Any, async_client: Any, django_user_model: Any) -> None:
    site.page("/")
    kept = await read(site.url)
    await async_client.aforce_login(await owned(kept, django_user_model))
    for version, approved in (("7", False), ("", False), ("²", False), ("1", True)):
        await async_client.post(f"/sites/{kept.pk}/approve", {"version": version})
        assert ((await kept.versions.aget(number=1)).approved_at is not None) is approved, version
    await async_client.post(f"/sites/{kept.pk}/profile", {"what": "Something else."})
    await async_client.post(f"/sites/{kept.pk}/approve", {"version": "1"})
    assert (await kept.versions.aget(number=2)).approved_at is None
    page = (await async_client.get(f"/sites/{kept.pk}/versions")).content.decode()
    assert "<ins>Something else.</ins>" in page


def test_changes_name_fields_and_facts() -> None:
    def profile(what: str, *facts: str) -> dict[str, Any]:
        return {"what": what, "known": {"other": [{"statement": fact} for fact in facts]}}

    assert changes(profile("A", "one", "two"), profile("B", "two", "three")) == [
        Change("What they do", "A", "B"),
        Change("New", "", "three"),
        Change("Gone", "one", ""),
    ]
    assert changes(profile("A"), profile("A")) == []
