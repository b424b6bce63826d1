"""A person with a site that was read, and a model server on loopback that writes what a test wants."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from agents.brief.requests import PostRequest
from agents.post.assemble import DIGEST_NOTE, EXTRACT_NOTE, body_of
from agents.workflow import write_post
from genisys.host import new_run_id
from genisys.testing import Report, run_in_memory
from genisys.testing.provider import FakeProvider, prompt_text
from ingestion.models import Page, Passage, Site
from language.sentences import split_sentences
from runs.models import Run

TOPIC = "How Quillon keeps jobs"
Write = Callable[..., Awaitable[Report]]


@pytest.fixture
def person(transactional_db: None, django_user_model: Any) -> Any:
    return django_user_model.objects.create_user(username="ada", email="ada@example.com", password="x")


@pytest.fixture
def quillon(person: Any) -> Site:
    """The site of the evidence file, read."""
    site = Site.objects.create(owner=person, url="https://quillon.example/", title="Quillon", status="ready")
    for item in json.loads(Path(__file__).with_name("evidence.json").read_text()):
        page, _ = Page.objects.get_or_create(
            site=site, url=item["page_url"], defaults={"title": item["page_title"], "outcome": "ok"}
        )
        Passage.objects.create(page=page, ordinal=page.passages.count(), heading=item["heading"], text=item["text"])
    return site


@pytest.fixture
async def provider(settings: Any) -> AsyncIterator[FakeProvider]:
    """A model that writes true sections, with one invented sentence in each."""
    async with FakeProvider(responder=true_writer) as server:
        settings.OPENAI_BASE_URL = server.base_url
        settings.OPENAI_API_KEY = "test"
        settings.GENISYS_MODEL = "scripted"
        yield server


@pytest.fixture
def write(person: Any, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Runs the workflow in memory, for the person, without waiting between tries."""
    monkeypatch.setattr("random.uniform", lambda low, high: low)

    async def run(topic: str = TOPIC, *, owner: Any = person, run_id: str = "", **options: Any) -> Report:
        fields = {name: options.pop(name) for name in ("site_id", "sections", "post_id", "brief") if name in options}
        run_id = run_id or new_run_id()
        await sync_to_async(Run.objects.get_or_create)(
            pk=run_id, defaults={"workflow": "write-post", "owner": owner, "deployment": "test", "input": {}}
        )
        request = PostRequest(topic=topic, **{"sections": 3, **fields})
        return await run_in_memory(write_post, request, run_id=run_id, **options)

    return run


def true_writer(body: dict[str, Any]) -> str:
    """Write from the numbered sources, and add one thing that nobody said."""
    if "response_format" in body:
        return json.dumps(
            {
                "questions": ["How are jobs stored in Quillon?", "What is the weather?"],
                "title": "How Quillon keeps jobs safe",
                "sections": [
                    {"heading": "How jobs are stored", "covers": "The journal of jobs."},
                    {"heading": "Retries after failures", "covers": "Growing pauses and the parking lot."},
                    {"heading": "Metrics", "covers": "What the endpoint reports."},
                ],
            }
        )
    text = prompt_text(body)
    sources = re.findall(r"^\[\d+\] (.+)$", text, re.MULTILINE)
    if not sources:
        return "Quillon has a journal, and a parking lot for jobs that failed. Its makers live in Zanzibar."
    return " ".join([*sources, "The project was founded by Bob Tanaka in 1999."])


def said_in(markdown: str) -> list[str]:
    """The sentences of a post, without headings, marks and numbers."""
    found = []
    for line in body_of(markdown).splitlines():
        line = line.removeprefix("> ").removeprefix("- ").strip()
        if line and not line.startswith("#") and line not in (EXTRACT_NOTE, DIGEST_NOTE):
            bare = "".join(part.split("]", 1)[-1] if "]" in part else part for part in line.split("["))
            found += split_sentences(bare)
    return found
