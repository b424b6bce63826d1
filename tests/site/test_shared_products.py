"""What a stranger sees of the products' runs by a link: the post and its sources, the site's profile and its pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from agents.models import Post
from ingestion.models import Site
from runs.models import Archive, Run
from runs.record import archive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(client: Client) -> Any:
    owner = get_user_model().objects.create_user("owner", "owner@example.org", "secret")
    client.force_login(owner)
    return owner


def _link_to(client: Client, owner: Any, workflow: str, events: list[dict[str, Any]], output: Any, run_id: str) -> str:
    """The path of a link to a run that ended so."""
    told = [
        {"type": "run.queued", "at": 1, "workflow": workflow, "title": "What bees do"},
        {"type": "run.started", "at": 2, "attempt": 1, "worker": "w"},
        *events,
        {"type": "run.completed", "at": 9, "output": output},
    ]
    numbered = [{"seq": seq, **event} for seq, event in enumerate(told, 1)]
    run = Run.objects.create(
        id=run_id,
        workflow=workflow,
        title="What bees do",
        owner=owner,
        status="completed",
        deployment="dev",
        input={"topic": "the input"},
        output=output,
        ended_at=timezone.now(),
        seq=len(numbered),
        log_id="log",
    )
    archive.pack(run, log_id="log", last_seq=len(numbered), events=numbered, journal=[]).save(force_insert=True)
    made = client.post(f"/runs/{run.pk}/links", {"days": 1}).content.decode()
    link = re.search(rf'value="{re.escape(settings.SITE_ADDRESS)}(/s/[\w-]+/)"', made)
    assert link is not None
    return link[1]


def _shown(client: Client, owner: Any, workflow: str, events: list[dict[str, Any]], output: Any, run_id: str) -> str:
    """What a stranger gets by the link to such a run."""
    page = Client().get(_link_to(client, owner, workflow, events, output, run_id))
    assert page.status_code == 200
    return page.content.decode()


def test_a_shared_post_is_its_article_and_sources_without_ways_into_the_house(client: Client, owner: Any) -> None:
    post = Post.objects.create(owner=owner, topic="bees", title="What bees do", markdown="# Bees", run_id="run-of-post")
    source = {"n": 1, "url": "https://bees.example/", "title": "All of bees"}
    text = _shown(
        client,
        owner,
        "write-post",
        [
            {"type": "event", "at": 3, "name": "source", "key": source["url"], "data": source},
            {"type": "text.final", "at": 4, "block": "article", "txt": "# Bees\n\nThey fly.[1]", "title": "Bees"},
        ],
        {"post_id": str(post.pk)},
        "run-of-post",
    )
    assert "They fly." in text
    assert "All of bees" in text
    for hidden in ("the input", str(post.pk), "run-of-post", "/posts/", "/runs/"):
        assert hidden not in text, hidden


def test_a_shared_site_is_its_profile_and_pages_without_what_went_wrong(client: Client, owner: Any) -> None:
    site = Site.objects.create(owner=owner, url="https://bees.example/", run_id="run-of-site")
    page = {"url": "https://bees.example/queen", "title": "The queen", "stage": "read", "note": "ok", "words": 7}
    broken = {**page, "url": "https://bees.example/drone", "title": "", "stage": "failed", "note": "stack of a trace"}
    profile = {"what": "They keep bees.", "what_by": "extract", "topics": ["bees"]}
    text = _shown(
        client,
        owner,
        "ingest-site",
        [
            *({"type": "event", "at": 3, "name": "page", "key": each["url"], "data": each} for each in (page, broken)),
            {"type": "event", "at": 4, "name": "profile", "key": "profile", "data": profile},
        ],
        {},
        "run-of-site",
    )
    assert "They keep bees." in text
    assert "The queen" in text
    assert "/drone" in text
    for hidden in ("the input", "stack of a trace", str(site.pk), "run-of-site", "/sites/", "/runs/"):
        assert hidden not in text, hidden


def test_a_post_and_a_site_are_shown_when_the_history_of_their_runs_was_removed(client: Client, owner: Any) -> None:
    Post.objects.create(owner=owner, topic="bees", title="Bees", markdown="# Bees\n\nThey fly.", run_id="run-of-post")
    Site.objects.create(
        owner=owner, url="https://bees.example/", run_id="run-of-site", profile={"what": "They keep bees."}
    )
    for workflow, run_id, shown in (
        ("write-post", "run-of-post", "They fly."),
        ("ingest-site", "run-of-site", "They keep bees."),
    ):
        link = _link_to(client, owner, workflow, [], {}, run_id)
        Archive.objects.all().delete()
        assert shown in Client().get(link).content.decode()
