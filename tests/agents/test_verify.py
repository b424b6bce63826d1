"""The judge in the run: prose in its own words stays, planted faults are caught, and the reader sees what was changed.

The judge here is a script: it proves that verdicts are asked for, obeyed and shown. It measures nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from agents.models import Post
from agents.post.article import EXTRACT
from agents.post.assemble import body_of
from genisys.testing.provider import FakeProvider, prompt_text
from ingestion.models import Page, Passage, Site

pytestmark = pytest.mark.django_db(transaction=True)

PROSE = {
    "How jobs are stored": (
        "Losing work is what everyone dreads. Quillon's answer is a log that only ever grows: whatever is to be done"
        " gets written down there first [1]. Should one worker die halfway, a colleague picks up the log and carries on"
        " where things stood [1]. So what happens as the log fills up? Every six hours it is compacted, and"
        " writers never"
        " have to wait for that [1]. The journal is compacted every nine hours."
    ),
    "Retries after failures": (
        "Nobody likes a job that gives up at the first hiccup. A failure earns the job another go, after a break of two"
        " seconds that doubles each time until it reaches a minute [1]. Five strikes and the job goes to the parking"
        " lot, where somebody can look at it [1]. The operator must release a parked job with the `quillon"
        " release` command."
        " The parking lot smells of lavender."
    ),
    "Metrics": (
        "Now for the numbers. How long the queue is, how long jobs take and how many are parked: the endpoint tells"
        " you all of it [1]. Times are in milliseconds [1]. If the queue keeps growing for ten minutes, a"
        " dashboard ought"
        " to raise the alarm [1]."
    ),
}
MENDED = "An operator has the `quillon release` command to let a parked job go."


def _claims(body: dict[str, Any]) -> list[str]:
    return re.findall(r"^Claim \d+: (.+)$", prompt_text(body), re.MULTILINE)


def natural_writer(body: dict[str, Any]) -> str | None:
    """Write prose in its own words, judge by a list of what is false, and mend one sentence; None for the rest."""
    text = json.dumps(body, ensure_ascii=False)
    if "You check claims against quotes" in text:
        verdicts = []
        for n, claim in enumerate(_claims(body), start=1):
            false = "lavender" in claim
            none = any(opening in claim for opening in ("everyone dreads", "Nobody likes", "numbers."))
            verdict = "not" if false else "no claim" if none else "supported"
            verdicts.append({"n": n, "verdict": verdict, "words": ""})
        return json.dumps({"verdicts": verdicts})
    if "You mend sentences" in text:
        mended = [
            {"n": n, "text": MENDED if "must release" in claim else ""}
            for n, claim in enumerate(_claims(body), start=1)
        ]
        return json.dumps({"sentences": mended})
    for heading, prose in PROSE.items():
        if f"Section: {heading}" in prompt_text(body):
            return "No change." if "You edit one section" in text else prose
    return None


@pytest.fixture
def judged(provider: FakeProvider) -> FakeProvider:
    others = provider.responder
    provider.responder = lambda body: natural_writer(body) or others(body)
    return provider


async def test_prose_in_its_own_words_stays_and_planted_faults_do_not(
    judged: FakeProvider, quillon: Site, write: Any
) -> None:
    report = await write()
    assert report.error is None, report.error
    body = body_of(report.output.markdown)
    assert report.output.extracts == 0
    for sentence in (
        "Losing work is what everyone dreads.",
        "Five strikes and the job goes to the parking lot",
        MENDED,
    ):
        assert sentence in body
    for false in ("nine hours", "must release", "lavender"):
        assert false not in body
    assert "[]" not in body


async def test_the_reader_sees_what_was_changed_and_why(judged: FakeProvider, quillon: Site, write: Any) -> None:
    report = await write()
    post = await Post.objects.aget(pk=report.output.post_id)
    changes = {change["before"]: change for part in post.parts for change in part.get("changes", [])}
    wrong_number = changes["The journal is compacted every nine hours."]
    assert wrong_number["after"] == ""
    assert "“every nine hours”" in wrong_number["why"]
    assert "rules" in wrong_number["judge"]
    mended = changes["The operator must release a parked job with the `quillon release` command."]
    assert mended["after"] == MENDED
    assert "must" in mended["why"]
    assert "model" in changes["The parking lot smells of lavender."]["judge"]


async def test_the_judge_sees_claims_and_quotes_alone(judged: FakeProvider, quillon: Site, write: Any) -> None:
    await write()
    asked = [prompt_text(body) for body in judged.requests if "You check claims" in json.dumps(body)]
    assert asked
    assert all("Section:" not in text and "Post:" not in text for text in asked)
    assert all("Quotes:" in text for text in asked)


async def test_a_judge_that_answers_nothing_useful_leaves_only_what_is_close_to_the_sources(
    judged: FakeProvider, quillon: Site, write: Any
) -> None:
    writer = judged.responder

    def no_judge(body: dict[str, Any]) -> str:
        return "I would rather not." if "You check claims" in json.dumps(body) else writer(body)

    judged.responder = no_judge
    report = await write()
    assert report.error is None
    assert "Should one worker die halfway" not in report.output.markdown


async def test_a_section_that_the_model_could_not_write_says_so_in_the_run_and_on_the_post(
    judged: FakeProvider, quillon: Site, write: Any
) -> None:
    writer = judged.responder

    def invents(body: dict[str, Any]) -> str:
        made_up = (
            "The firm was sold to Oracle in 1999. Its founder Ada Nowak lives in Oslo. It has 400 banks as clients."
        )
        return made_up if "Section: Metrics" in prompt_text(body) else writer(body)

    judged.responder = invents
    report = await write()
    told = report.state["items"]["section"]["3"]
    assert told["state"] == "extract"
    assert "removed" in told["why"] or "could be kept" in told["why"]
    assert any("could not write “Metrics”" in line["text"] for line in report.state["status_lines"])
    post = await Post.objects.aget(pk=report.output.post_id)
    assert post.parts[-1]["written_by"] == EXTRACT


async def test_two_sources_that_contradict_each_other_never_stand_side_by_side(
    judged: FakeProvider, quillon: Site, write: Any
) -> None:
    page = await Page.objects.acreate(
        site=quillon, url="https://quillon.example/2019", title="The queue in 2019", outcome="ok"
    )
    stale = "The journal is compacted every eight hours, and compaction does not block writers."
    await Passage.objects.acreate(page=page, ordinal=0, text=f"{stale} Jobs were stored in a journal then as well.")
    await Page.objects.filter(url="https://quillon.example/queue").aupdate(title="The queue in 2026")
    report = await write()
    assert report.error is None
    assert "eight hours" not in report.output.markdown
    assert any("Sources disagree" in line["text"] for line in report.state["status_lines"])


async def test_the_posts_page_shows_what_was_changed(
    judged: FakeProvider, quillon: Site, write: Any, person: Any, async_client: Any
) -> None:
    report = await write()
    await async_client.aforce_login(person)
    page = await async_client.get(f"/posts/{report.output.post_id}/")
    text = page.content.decode()
    assert "</span>The journal is compacted every nine hours.</del>" in text
    assert f"</span>{MENDED}</ins>" in text
