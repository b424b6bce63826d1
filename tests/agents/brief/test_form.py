"""The form of a post: a brief that is whole, errors at their fields, topics that the pages could carry."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from agents.brief.brief import MOST_FILES
from agents.forms import PostForm
from agents.models import Post
from ingestion.models import Fact, Page, Site
from runs.models import Run

pytestmark = pytest.mark.django_db

FILLED: dict[str, Any] = {
    "topic": "Looking after a heat pump",
    "audience": "owners",
    "goal": "they rinse the filter",
    "call_to_action": "book the check",
    "format": "how-to",
    "words": "900",
    "sections": "5",
    "keyword": "heat pump care",
    "tone": "plain",
    "tone_sample": "We say it once.\r\nThen we stop.",
    "tone_address": "warm.example/voice",
    "sources": "warm.example/filter\r\n\r\nhttps://warm.example/winter\r\n",
    "not_say": "cheap\r\nVailberg",
    "ask": "on",
    "approve_minutes": "60",
    "cap_sections": "20000",
}


@pytest.fixture
def person(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("ada", "ada@example.com", "x")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, person: Any) -> list[Any]:
    orders: list[Any] = []

    def start(**order: Any) -> Run:
        orders.append(order["input"])
        return Run.objects.create(workflow="write-post", owner=person, deployment="test", input={})

    monkeypatch.setattr("agents.views.start_run_sync", start)
    return orders


def test_all_that_was_filled_in_is_in_the_brief(client: Client, person: Any, started: list[Any]) -> None:
    client.force_login(person)
    files = [SimpleUploadedFile("care.md", b"# Care"), SimpleUploadedFile("winter.txt", b"Snow is cleared by hand.")]
    answer = client.post(reverse("agents:new"), {**FILLED, "documents": files})
    assert answer.status_code == 303
    [order] = started
    assert (order.topic, order.sections) == ("Looking after a heat pump", 5)
    assert order.brief.model_dump() == {
        "audience": "owners",
        "goal": "they rinse the filter",
        "words": 900,
        "format": "how-to",
        "call_to_action": "book the check",
        "keyword": "heat pump care",
        "tone": "plain",
        "tone_sample": "We say it once.\r\nThen we stop.",
        "tone_address": "https://warm.example/voice",
        "sources": ["https://warm.example/filter", "https://warm.example/winter"],
        "files": [
            {"name": "care.md", "content": base64.b64encode(b"# Care").decode()},
            {"name": "winter.txt", "content": base64.b64encode(b"Snow is cleared by hand.").decode()},
        ],
        "not_say": ["cheap", "Vailberg"],
        "web": False,
        "ask": True,
        "approve_minutes": 60,
        "caps": {"research": 0, "outline": 0, "sections": 20000, "edit": 0},
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sources": "not an address"}, "is no web address"),
        ({"sources": "\n".join(f"https://a.example/{n}" for n in range(11))}, "at most 10"),
        ({"words": "12"}, "greater than or equal to 200"),
        ({"format": "sonnet"}, "not one of the available choices"),
        ({"tone_address": "one two"}, "is no web address"),
        ({"documents": SimpleUploadedFile("big.pdf", b"x" * 2_000_001)}, "2 MB in all"),
        ({"documents": SimpleUploadedFile("empty.pdf", b"")}, "The submitted file is empty"),
        ({"documents": [SimpleUploadedFile(f"{n}.md", b"x") for n in range(MOST_FILES + 1)]}, f"at most {MOST_FILES}"),
    ],
)
def test_what_is_wrong_stands_at_its_field_in_an_open_group(
    client: Client, person: Any, started: list[Any], wrong: dict[str, Any], said: str
) -> None:
    client.force_login(person)
    answer = client.post(reverse("agents:new"), {"topic": "Heat pumps", **wrong})
    assert answer.status_code == 422
    [field] = wrong
    form = answer.context["form"]
    assert said in " ".join(form.errors[field])
    assert [group.opened for group in form.groups if field in [each.name for each in group.fields]] == [True]
    assert not started
    assert not Post.objects.exists()


def test_a_form_not_touched_is_folded_and_asks_for_nothing(client: Client, person: Any, started: list[Any]) -> None:
    client.force_login(person)
    page = client.get(reverse("agents:new"))
    assert not any(group.opened for group in page.context["form"].groups)
    assert client.post(reverse("agents:new"), {"topic": "Heat pumps"}).status_code == 303
    assert started[0].brief.told() == ""
    assert (started[0].brief.ask, started[0].brief.approve_minutes) == (False, 0)


def test_the_web_is_offered_where_a_search_is_set_up_alone(person: Any, settings: Any) -> None:
    assert "web" not in PostForm(user=person).fields
    settings.SEARXNG_URL = "http://127.0.0.1:1"
    assert "web" in PostForm(user=person).fields


def _facts(owner: Any, about: str, url: str) -> Site:
    site = Site.objects.create(owner=owner, url=url)
    page = Page.objects.create(site=site, url=f"{url}page", title="A page", outcome="ok")
    for n in range(3):
        Fact.objects.create(page=page, ordinal=n, about=about, statement=f"{about}: fact {n}.", quote="x", kind="other")
    return site


def test_topics_of_the_own_pages_are_offered_and_fill_the_form(
    client: Client, person: Any, django_user_model: Any
) -> None:
    mine = _facts(person, "Filter care", "https://warm.example/")
    _facts(person, "Winter service", "https://cold.example/")
    _facts(django_user_model.objects.create_user("eve"), "Quicksilver prices", "https://theirs.example/")
    client.force_login(person)
    page = client.get(reverse("agents:new"))
    assert "Filter care" in page.text
    assert "Winter service" in page.text
    assert "Quicksilver" not in page.text
    page = client.get(reverse("agents:new"), {"site": str(mine.pk), "topic": "Filter care"})
    assert [angle.topic for angle in page.context["form"].angles] == ["Filter care"]
    assert 'value="Filter care"' in page.text
    Post.objects.create(owner=person, topic="Care of filters", title="Filter care, explained")
    assert "Filter care" not in [angle.topic for angle in client.get(reverse("agents:new")).context["form"].angles]


def test_the_api_gives_the_topics_of_the_own_site_alone(client: Client, person: Any, django_user_model: Any) -> None:
    mine = _facts(person, "Filter care", "https://warm.example/")
    theirs = _facts(django_user_model.objects.create_user("eve"), "Quicksilver prices", "https://theirs.example/")
    client.force_login(person)
    answer = client.get(f"/api/sites/{mine.pk}/angles")
    assert answer.json() == {
        "angles": [{"topic": "Filter care", "facts": 3, "pages": 1, "example": "Filter care: fact 0."}]
    }
    assert client.get(f"/api/sites/{theirs.pk}/angles").status_code == 404
