"""Each stage has a cap of its own: at it the stage finishes with what is there, and the post says what was left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.brief.brief import Brief, Caps
from agents.models import Post
from agents.presenting.shown import left_out
from agents.writing.prompts import Prompt
from agents.writing.spending import fitted
from genisys.testing.provider import FakeProvider
from ingestion.models import Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_answer_is_cut_to_what_a_cap_leaves_and_not_asked_for_where_that_is_too_little() -> None:
    prompt = Prompt(task="x" * 400, material="y" * 400)
    assert fitted(prompt, 0, 4000) is fitted(prompt, 100_000, 4000) is prompt
    assert fitted(prompt, 500, 4000).tokens == 300  # type: ignore[union-attr]
    assert fitted(prompt, 250, 4000) is None


async def capped(write: Any, asked: int = 3, **caps: int) -> tuple[Any, list[str]]:
    report = await write(sections=asked, brief=Brief(caps=Caps(**caps)))
    assert report.error is None, report.error
    post = await Post.objects.aget(pk=report.output.post_id)
    assert left_out(post) == report.output.left_out
    lines = [line["text"] for line in report.state["status_lines"]]
    assert all(said in lines for said in report.output.left_out)
    return report, report.output.left_out


async def test_far_below_its_caps_nothing_is_left_out_of_a_post_even_where_its_outline_is_short(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    report, said = await capped(write, 4, **dict.fromkeys(Caps.model_fields, 1_000_000))
    assert said == []
    assert report.output.markdown.count("\n## ") == 4, "three sections, and the sources"
    assert provider.count("raise and leave open") > 0


async def test_research_outline_and_edit_end_at_their_caps_and_what_is_there_stands(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    report, said = await capped(write, research=1, outline=10, edit=1)
    assert said == [
        "Research ended at its cap of 1 tokens: what the notes leave open was not looked up.",
        "The outline ended at its cap of 10 tokens: 0 of 3 sections are the model’s own.",
        "The edit ended at its cap of 1 tokens: no opening was written.",
        "At the cap of 1 tokens for the edit, no closing paragraph and no other titles could be written.",
    ]
    assert provider.count("Name the questions") == 1
    assert provider.count("raise and leave open") == provider.count("Outline a post") == 0
    assert provider.count("You edit one section") == 3
    assert provider.count("You write the opening") == 0
    assert report.output.presentation.titles == []


async def test_of_an_outline_that_is_cut_short_what_was_said_by_then_stands(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    begun = '{"title": "How Quillon keeps jobs safe", "sections": [{"heading": "Jobs are kept in a journal"}, {"hea'
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    chunk["choices"] = [{"index": 0, "delta": {"content": begun}, "finish_reason": "length"}]  # type: ignore[assignment]
    stream = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"
    provider.fault("raw", containing="Outline a post", body=stream, content_type="text/event-stream")
    report, said = await capped(write, outline=3000)
    assert said == ["The outline ended at its cap of 3,000 tokens: 1 of 3 sections are the model’s own."]
    assert "## Jobs are kept in a journal" in report.output.markdown
    asked = next(request for request in provider.requests if "Outline a post" in json.dumps(request))
    assert asked["max_completion_tokens"] < 3000


async def test_sections_beyond_the_cap_are_left_out_and_named(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    report, said = await capped(write, sections=1)
    assert said == [
        "Writing ended at its cap of 1 tokens. Left out: “Retries after failures”, “Metrics”.",
    ]
    assert provider.count("Section: Retries after failures") == 0
    assert "## How jobs are stored" in report.output.markdown
    assert "## Metrics" not in report.output.markdown
    assert [each["state"] for each in report.state["items"]["section"].values()] == ["done", "left out", "left out"]
    crashed = await write(brief=Brief(caps=Caps(sections=1)), crash_after={"write_section": 1})
    assert crashed.output.left_out == said, "what was used is the same after a crash"
