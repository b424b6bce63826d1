"""Each stage has a cap of its own: at it the stage finishes with what is there, and the post says what was left out."""

from __future__ import annotations

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
    assert fitted(prompt, 0, 4000) is prompt
    assert fitted(prompt, 100_000, 4000).tokens == 4000  # type: ignore[union-attr]
    assert fitted(prompt, 500, 4000).tokens == 300  # type: ignore[union-attr]
    assert fitted(prompt, 250, 4000) is None


async def capped(write: Any, **caps: int) -> tuple[Any, list[str]]:
    report = await write(brief=Brief(caps=Caps(**caps)))
    assert report.error is None, report.error
    post = await Post.objects.aget(pk=report.output.post_id)
    assert left_out(post) == report.output.left_out
    lines = [line["text"] for line in report.state["status_lines"]]
    assert all(said in lines for said in report.output.left_out)
    return report, report.output.left_out


async def test_without_caps_or_far_below_them_nothing_is_left_out(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    free, _ = await capped(write)
    calls = len(provider.requests)
    wide, said = await capped(write, **dict.fromkeys(Caps.model_fields, 1_000_000))
    assert said == []
    assert len(provider.requests) == 2 * calls
    assert wide.output.markdown == free.output.markdown


async def test_research_ends_at_its_cap_without_following_up(provider: FakeProvider, quillon: Site, write: Any) -> None:
    _, said = await capped(write, research=1)
    assert said == ["Research ended at its cap of 1 tokens: what the notes leave open was not looked up."]
    assert provider.count("Name the questions") == 1
    assert provider.count("raise and leave open") == 0


async def test_an_outline_that_may_use_next_to_nothing_is_made_of_the_sources_headings(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    _, said = await capped(write, outline=10)
    assert said == ["The outline ended at its cap of 10 tokens: 0 of 3 sections are the model’s own."]
    assert provider.count("Outline a post") == 0


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


async def test_the_edit_ends_at_its_cap_and_what_was_written_stands(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    report, said = await capped(write, edit=1)
    assert said[0].startswith("The edit ended at its cap of 1 tokens: no opening was written.")
    assert said[1] == "At the cap of 1 tokens for the edit, no closing paragraph and no other titles could be written."
    assert provider.count("You edit one section") == 3
    assert provider.count("You write the opening") == 0
    assert report.output.presentation.titles == []
