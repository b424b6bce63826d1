"""Knowledge bases over the API: pages, facts and passages of a site, and all of it as a file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from ingestion.models import Fact, Page, Passage, Site
from runs.accounts import tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(django_user_model: Any) -> Site:
    owner = django_user_model.objects.create_user(username="o", email="o@example.com", password="x")
    known = {
        "statement": "A berth costs 1,250 euros.",
        "kind": "price",
        "about": "berth",
        "as_of": "",
        "by": "m",
        "sources": [
            {"page_id": 1, "url": "https://vela.example/fees", "quote": "a berth costs 1,250 euros", "as_of": ""}
        ],
        "older": [],
        "disputed": [],
    }
    profile = {"what": "A *marina*.", "what_by": "m", "known": {"price": [known]}, "facts": 1}
    site = Site.objects.create(owner=owner, url="https://vela.example/", title="Vela", profile=profile, status="ready")
    for number in range(5):
        page = Page.objects.create(
            site=site,
            url=f"https://vela.example/{number}",
            title=f"Page {number}",
            outcome="ok" if number else "gone",
            note="" if number else "not there (404)",
            text=f"Berth {number} costs money.",
            summary=f"On berth {number}.",
        )
        Passage.objects.create(page=page, ordinal=0, heading="Berths", text=f"Berth {number} costs money.")
        Fact.objects.create(
            page=page,
            ordinal=0,
            statement=f"Berth {number} costs money.",
            quote=f"Berth {number}",
            kind="price",
            by="m",
        )
    return site


@pytest.fixture
def get(site: Site) -> Any:
    secret = tokens.issue(site.owner, name="t", scopes=["read"])[1]

    def ask(path: str, **query: Any) -> Any:
        return Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/api/sites{path}", query_params=query)

    return ask


def test_a_site_is_listed_with_its_profile_and_what_its_pages_came_to(get: Any, site: Site) -> None:
    (listed,) = get("").json()
    assert (listed["id"], listed["title"], listed["status"]) == (str(site.pk), "Vela", "ready")
    shown = get(f"/{site.pk}").json()
    assert shown["profile"]["known"]["price"][0]["statement"] == "A berth costs 1,250 euros."
    assert shown["pages"] == {"gone": 1, "ok": 4}


def test_pages_and_facts_come_in_pages_of_their_own_and_none_twice(get: Any, site: Site) -> None:
    for what, titles in (("pages", 5), ("facts", 4)):
        seen: list[int] = []
        after: int | None = 0
        while after is not None:
            found = get(f"/{site.pk}/{what}", after=after, limit=2).json()
            seen += [row["id"] for row in found[what]]
            after = found["next"]
        assert len(seen) == len(set(seen)) == titles
    (gone,) = get(f"/{site.pk}/pages", outcome="gone").json()["pages"]
    assert gone["note"] == "not there (404)"
    assert get(f"/{site.pk}/facts", kind="person").json() == {"facts": [], "next": None}
    first = get(f"/{site.pk}/facts").json()["facts"][0]
    assert (first["quote"], first["page_url"]) == ("Berth 1", "https://vela.example/1")


def test_what_was_read_can_be_searched(get: Any, site: Site) -> None:
    assert (
        get(f"/{site.pk}/search", q="which berth costs money").json()[0]["page_url"].startswith("https://vela.example/")
    )
    assert get(f"/{site.pk}/search", q="unicorns").json() == []
    assert get(f"/{site.pk}/search").status_code == 422


async def _whole(answer: Any) -> str:
    return b"".join([piece async for piece in answer.streaming_content]).decode()


@pytest.mark.django_db(transaction=True)
async def test_all_of_it_can_be_taken_away(site: Site, async_client: Any) -> None:
    await async_client.aforce_login(site.owner)
    path = f"/sites/{site.pk}/export"
    whole = json.loads(await _whole(await async_client.get(path, {"format": "json"})))
    assert [page["url"] for page in whole["pages"]] == [f"https://vela.example/{number}" for number in range(5)]
    assert whole["pages"][1]["facts"][0]["quote"] == "Berth 1"
    assert whole["profile"] == site.profile
    answer = await async_client.get(path)
    assert answer["Content-Disposition"] == 'attachment; filename="vela-example.md"'
    text = await _whole(answer)
    assert "**What they do:** A \\*marina\\*." in text
    assert "- A berth costs 1,250 euros. <https://vela.example/fees>" in text
    assert "### Page 4" in text and "### Page 0" not in text
