"""Versions of a post over its pages: edited, restored, settled, by its owner and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from agents.editing import versions
from agents.models import Citation, Post

pytestmark = pytest.mark.django_db

BODY = "The pump is checked once a year.[1]\n\n## Costs\n\nA check costs 40 euros.[1]"


@pytest.fixture
def people(django_user_model: Any) -> dict[str, Any]:
    make = django_user_model.objects.create_user
    return {
        name: make(username=name, email=f"{name}@example.com", password="x", is_staff=name == "staff")
        for name in ("owner", "outsider", "staff")
    }


@pytest.fixture
def post(people: dict[str, Any]) -> Post:
    said = {
        "n": 1,
        "passage_id": 7,
        "page_url": "https://pumps.example/",
        "page_title": "Care",
        "heading": "",
        "text": "The pump is checked once a year. A check costs 40 euros.",
    }
    changes = [
        {"before": "A check is free.", "after": "A check costs 40 euros.", "why": "The source names a price."},
        {"before": "It is fun.", "after": "", "why": "The sources do not say it."},
    ]
    parts = [{"n": 1, "heading": "Costs", "written_by": "gpt-mini", "changes": changes}]
    made = Post.objects.create(owner=people["owner"], topic="pumps", evidence=[said], parts=parts)
    Citation.objects.create(post=made, number=1, url="https://pumps.example/", title="Care")
    versions.write(made, title="Pumps", body=BODY, why="Written", run_id="r1")
    return made


def edited(client: Any, post: Post, body: str, base: int = 1) -> Any:
    given = {"title": "Pumps", "body": body, "base": base, "why": ""}
    return client.post(reverse("agents:edit", args=[post.pk]), given, follow=True)


def test_an_edit_is_a_version_and_says_what_it_did_to_the_evidence(
    client: Any, people: dict[str, Any], post: Post
) -> None:
    client.force_login(people["owner"])
    answer = edited(client, post, BODY.replace("40 euros", "400 euros"))
    assert "Version 2 is kept. Of 2 claims: 1 supported, 1 not supported." in answer.text
    assert "edited by owner@example.com" in answer.text
    assert "claim-not" in answer.text
    post.refresh_from_db()
    assert post.markdown.startswith("# Pumps\n\nThe pump is checked once a year.[1]")
    assert post.markdown.endswith("[1]: <https://pumps.example/>\n")
    assert [(row.number, row.made_by, row.run_id) for row in post.versions.all()] == [
        (2, people["owner"], ""),
        (1, None, "r1"),
    ]


def test_an_edit_of_an_older_version_is_kept_on_the_page_and_not_saved_over_the_newer(
    client: Any, people: dict[str, Any], post: Post
) -> None:
    client.force_login(people["owner"])
    edited(client, post, BODY.replace("once a year", "each year"))
    late = edited(client, post, BODY.replace("40 euros", "some euros"))
    assert late.status_code == 409
    assert "some euros" in late.text
    assert "each year" in Post.objects.get(pk=post.pk).markdown
    again = edited(client, post, BODY.replace("40 euros", "some euros"), base=2)
    assert again.status_code == 200
    assert "some euros" in Post.objects.get(pk=post.pk).markdown


def test_a_number_that_is_no_source_is_refused_and_the_text_is_not_lost(
    client: Any, people: dict[str, Any], post: Post
) -> None:
    client.force_login(people["owner"])
    answer = edited(client, post, "My own words.[9]")
    assert answer.status_code == 422
    assert "[9] is no source of this post. Its sources are 1." in answer.text
    assert "My own words.[9]" in answer.text


def test_a_version_is_restored_as_a_new_one_with_its_verdicts(client: Any, people: dict[str, Any], post: Post) -> None:
    client.force_login(people["owner"])
    edited(client, post, "Gone.")
    client.post(reverse("agents:restore", args=[post.pk, 1]))
    post.refresh_from_db()
    first = post.versions.get(number=1)
    assert (post.version, post.markdown, post.claims) == (3, first.markdown, first.claims)
    page = client.get(reverse("agents:versions", args=[post.pk])).text
    assert "Version 1 restored" in page
    assert '<span class="hidden">Added: </span>Gone.' in page


def test_an_edit_of_the_run_is_put_back_or_accepted_once(client: Any, people: dict[str, Any], post: Post) -> None:
    client.force_login(people["owner"])
    back = {"do": "put_back"}
    client.post(reverse("agents:settle", args=[post.pk, 1, 0]), back)
    post.refresh_from_db()
    assert "A check is free.[1]" in post.markdown
    assert "40 euros" not in post.markdown
    client.post(reverse("agents:settle", args=[post.pk, 1, 1]), back)
    post.refresh_from_db()
    assert "It is fun." in post.markdown
    twice = client.post(reverse("agents:settle", args=[post.pk, 1, 1]), {"do": "accept"}, follow=True)
    assert "settled before" in twice.text
    assert [change["settled"] for change in post.parts[0]["changes"]] == ["put back", "put back"]


def test_a_post_from_before_there_were_versions_keeps_its_text_as_the_first(
    client: Any, people: dict[str, Any]
) -> None:
    old = Post.objects.create(owner=people["owner"], topic="old", title="Old", markdown="# Old\n\nIt was so.\n")
    client.force_login(people["owner"])
    assert client.get(old.get_absolute_url()).status_code == 200
    edited(client, old, "It is so.", base=0)
    assert [row.markdown for row in old.versions.all()] == ["# Pumps\n\nIt is so.\n", "# Old\n\nIt was so.\n"]


@pytest.mark.parametrize(("who", "status"), [("staff", 404), ("outsider", 404)])
def test_nobody_but_its_owner_changes_a_post(
    client: Any, people: dict[str, Any], post: Post, who: str, status: int
) -> None:
    client.force_login(people[who])
    for address in (
        reverse("agents:edit", args=[post.pk]),
        reverse("agents:restore", args=[post.pk, 1]),
        reverse("agents:settle", args=[post.pk, 1, 0]),
    ):
        assert client.post(address, {}).status_code == status
    assert Post.objects.get(pk=post.pk).version == 1
