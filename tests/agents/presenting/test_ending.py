"""How a post ends: a closing that its sources bear, titles, a description; a failure there costs nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.models import Post
from agents.post.assemble import body_of
from genisys.testing.provider import FakeProvider, prompt_text
from ingestion.models import Site

pytestmark = pytest.mark.django_db(transaction=True)

CLOSING = "So a failed job waits in the parking lot until an operator releases it."
DESCRIPTION = "How Quillon keeps jobs in a journal and parks those that failed."
SNIPPET = "A failed job is not lost: it waits in the parking lot until an operator releases it."


@pytest.fixture
def ends(provider: FakeProvider) -> FakeProvider:
    """A model that closes and presents what it wrote, each with one thing that nobody said."""
    writer = provider.responder

    def respond(body: dict[str, Any]) -> str:
        said = prompt_text(body)
        if "You check claims against quotes" in said:
            claims = [line for line in said.splitlines() if line.startswith("Claim ")]
            verdicts = [
                {"n": n, "verdict": "not" if "Zanzibar" in claim or "Tanaka" in claim else "supported", "words": ""}
                for n, claim in enumerate(claims, start=1)
            ]
            return json.dumps({"verdicts": verdicts})
        if "You write the last paragraph" in said:
            return f"{CLOSING} Its makers live in Zanzibar."
        if "You present a finished blog post" in said:
            titles = ["Where do failed jobs go?", "Jobs since 1999"]
            texts = {"description": DESCRIPTION, "excerpt": "Its makers live in Zanzibar.", "snippet": SNIPPET}
            return json.dumps({"titles": titles, **texts})
        return writer(body)

    provider.responder = respond
    return provider


async def test_a_post_ends_with_a_closing_and_has_titles_and_a_description(
    ends: FakeProvider, quillon: Site, write: Any
) -> None:
    report = await write()
    assert report.error is None, report.error
    body = body_of(report.output.markdown)
    last = body.rstrip().splitlines()[-1]
    assert last.startswith(CLOSING)
    assert last.endswith("]"), "a closing that states something names its source"
    assert "Zanzibar" not in body
    post = await Post.objects.aget(pk=report.output.post_id)
    assert post.parts[0]["about"] == {
        "titles": ["Where do failed jobs go?"],
        "description": DESCRIPTION,
        "excerpt": "",
        "snippet": SNIPPET,
    }
    assert "Zanzibar" in json.dumps(post.parts[-1]["changes"])


async def test_a_model_with_nothing_to_say_at_the_end_costs_nothing_that_was_written(
    ends: FakeProvider, quillon: Site, write: Any
) -> None:
    writer = ends.responder
    at_the_end = ("You write the last paragraph", "You present a finished")
    ends.responder = lambda body: "" if any(words in prompt_text(body) for words in at_the_end) else writer(body)
    report = await write()
    assert report.error is None
    assert report.output.extracts == 0
    assert CLOSING not in report.output.markdown
    assert report.output.presentation.titles == []
    assert report.output.presentation.description == ""
