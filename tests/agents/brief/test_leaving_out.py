"""A post from which its brief takes a whole section: it is published without that, or ends with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from agents.brief.brief import Brief
from agents.models import Post
from agents.post.assemble import body_of
from agents.presenting.shown import left_out
from genisys.testing.provider import FakeProvider
from ingestion.models import Site
from tests.agents.conftest import said_in

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_section_of_forbidden_words_alone_is_left_out_and_told_and_the_rest_is_published(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    whole = body_of((await write()).output.markdown)
    heading, last = whole.rpartition("\n## ")[2].split("\n", 1)
    forbidden = [" ".join(said.split()[:5]) for said in said_in(last)]
    report = await write(brief=Brief(not_say=forbidden))
    assert report.error is None, report.error
    told = f"Left out, since the brief forbids what it said: “{heading}”."
    assert report.output.left_out == [told]
    assert told in [line["text"] for line in report.state["status_lines"]]
    assert report.output.markdown.count("\n## ") == 3, "two sections, and the sources"
    saved = await Post.objects.aget(pk=report.output.post_id)
    assert (saved.markdown, left_out(saved)) == (report.output.markdown, [told])
    assert any(part["heading"] == heading and part["changes"] for part in saved.parts), "what went can be read"


async def test_a_post_of_which_nothing_is_left_ends_with_what_happened_and_what_to_do(
    provider: FakeProvider, quillon: Site, write: Any, settings: Any
) -> None:
    settings.GENISYS_MODEL = "tiny-135m"
    whole = body_of((await write()).output.markdown)
    report = await write(brief=Brief(not_say=[" ".join(said.split()[:4]) for said in said_in(whole)]))
    message = report.state["error"]["message"]
    assert message.startswith("Nothing is left of this post")
    assert "is kept with this run" in message
    assert "Never say" in message
    assert "section-1" in report.state["blocks"], "the text is still on the run's page"
