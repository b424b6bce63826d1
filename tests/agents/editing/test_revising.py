"""A run changes a post as asked: over the same evidence, the rest untouched, nothing paid for twice."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from agents.editing import versions
from agents.editing.sections import Part
from agents.models import Post
from agents.post.assemble import body_of
from agents.revising.requests import ReviseRequest
from agents.revising.workflow import planned, revise_post
from genisys import UserError
from genisys.host import new_run_id
from genisys.testing import Report, run_in_memory
from genisys.testing.provider import FakeProvider, prompt_text
from runs.models import Run
from tests.agents.conftest import true_writer

PARTS = [Part("", "Lead."), Part("Storage", "s"), Part("Costs", "c")]


def request(**fields: Any) -> ReviseRequest:
    return ReviseRequest(post_id="1", **fields)


def headings(parts: list[Part]) -> list[str]:
    return [part.heading for part in parts]


def test_a_wish_for_one_section_leaves_the_others() -> None:
    wanted, todo = planned(request(instruction="Shorter", sections=["Costs"]), PARTS)
    assert (headings(wanted), headings(todo)) == (["", "Storage", "Costs"], ["Costs"])


def test_of_a_new_outline_only_what_is_new_is_written() -> None:
    wanted, todo = planned(request(outline=["Costs", "Risks", "Storage"]), PARTS)
    assert (headings(wanted), headings(todo)) == (["", "Costs", "Risks", "Storage"], ["Risks"])


@pytest.mark.parametrize("fields", [{"instruction": "x", "sections": ["No such"]}, {"sections": ["Costs"]}, {}])
def test_a_wish_that_cannot_be_met_is_refused_before_anything_is_paid(fields: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"nothing was changed|Nothing was changed"):
        planned(request(**fields), PARTS)


def writer(body: dict[str, Any]) -> str:
    """Judge every claim as supported, and rewrite a section in two sentences."""
    text = prompt_text(body)
    if "You check claims against quotes" in json.dumps(body):
        count = len(re.findall(r"^Claim \d+: ", text, re.MULTILINE))
        return json.dumps({"verdicts": [{"n": n + 1, "verdict": "supported", "words": ""} for n in range(count)]})
    if "Rewrite the section below" in text:
        return (
            "Everything that is to be done gets written to a log first, and that log only ever grows [1]. Should a"
            " worker die halfway, a colleague picks up the log and carries on from there [1]."
        )
    return true_writer(body)


@pytest.fixture
async def post(write: Any, quillon: Any, provider: FakeProvider) -> Post:
    await write()
    provider.responder = writer
    return await sync_to_async(Post.objects.get)()


async def revise(
    person: Any, post: Post, run_id: str = "", crash: dict[str, int] | None = None, **fields: Any
) -> Report:
    run_id = run_id or new_run_id()
    await sync_to_async(Run.objects.get_or_create)(
        pk=run_id, defaults={"workflow": "revise-post", "owner": person, "deployment": "test", "input": {}}
    )
    order = ReviseRequest(post_id=str(post.pk), **fields)
    return await run_in_memory(revise_post, order, run_id=run_id, crash_after=crash)


async def test_one_section_is_written_anew_and_the_rest_stays_letter_by_letter(
    person: Any, post: Post, provider: FakeProvider
) -> None:
    before = body_of(post.markdown)
    heading = re.findall(r"(?m)^## (.+)$", before)[0]
    report = await revise(person, post, instruction="Shorter, more on storage", sections=[heading])
    assert report.output.rewritten == [heading]
    await sync_to_async(post.refresh_from_db)()
    after = body_of(post.markdown)
    assert post.version == 2
    assert re.findall(r"(?m)^## (.+)$", after) == re.findall(r"(?m)^## (.+)$", before)
    rest = before.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[1]
    assert after.endswith(rest)
    last = await sync_to_async(post.versions.first)()
    assert (last.why, last.made_by_id) == ("Shorter, more on storage", None)


async def test_a_person_keeps_what_they_changed_while_the_run_wrote(
    person: Any, post: Post, provider: FakeProvider
) -> None:
    heading = re.findall(r"(?m)^## (.+)$", post.markdown)[0]
    text = body_of(post.markdown).replace(f"## {heading}\n\n", f"## {heading}\n\nMy own line. ", 1)
    await sync_to_async(versions.edit)(post, person, base=post.version, title=post.title, body=text)
    other = re.findall(r"(?m)^## (.+)$", post.markdown)[1]
    await revise(person, post, instruction="Shorter", sections=[other])
    await sync_to_async(post.refresh_from_db)()
    assert "My own line." in post.markdown
    assert post.version == 3


async def test_a_finished_revision_done_again_is_no_further_version(
    person: Any, post: Post, provider: FakeProvider
) -> None:
    run_id = new_run_id()
    heading = re.findall(r"(?m)^## (.+)$", post.markdown)[0]
    for _ in range(2):
        await revise(person, post, run_id=run_id, instruction="Shorter", sections=[heading])
    await sync_to_async(post.refresh_from_db)()
    assert post.version == 2


async def test_a_model_too_small_to_rewrite_is_not_asked(
    person: Any, post: Post, provider: FakeProvider, settings: Any
) -> None:
    settings.GENISYS_MODEL = "tiny-135m"
    asked = len(provider.requests)
    report = await revise(person, post, instruction="Shorter")
    assert "too small a model" in report.state["error"]["message"]
    assert len(provider.requests) == asked


async def test_a_killed_revision_pays_for_nothing_twice(person: Any, post: Post, provider: FakeProvider) -> None:
    found = re.findall(r"(?m)^## (.+)$", body_of(post.markdown))[:2]
    for crash in (None, {"rewrite_section": 1}):
        before = len(provider.requests)
        await revise(person, post, instruction="Shorter", sections=found, crash=crash)
        texts = [json.dumps(each, sort_keys=True) for each in provider.requests[before:]]
        assert len(texts) == len(set(texts))
        assert sum("Rewrite the section below" in text for text in texts) == 2
