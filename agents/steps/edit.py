"""The edit pass: each section read once more, and the opening."""

from __future__ import annotations

from collections.abc import Iterable

from agents.post.article import Block, Section, plain_text, sentences_of, word_count
from agents.post.article import said_in as _said
from agents.sources.evidence import Evidence
from agents.steps.handoff import Edited, EditTask, Plan
from agents.steps.reply_check import check_written as _check
from agents.steps.verify import Verified
from agents.text.words import words
from agents.writing import prompts
from agents.writing.model import Model
from agents.writing.spending import Stage
from genisys import GenisysError, component, map_concurrent, status
from language.sentences import one_line

EDIT_KEEPS = 0.7
"""Share of a section's words that an edit must leave."""
_EDITS_AT_ONCE = 3


@component(title=lambda task: f"Edit “{task.section.heading}”")
async def edit_section(task: EditTask) -> Section:
    """Read a section once more; the edit stands only if it passes the same check and loses little."""
    text = plain_text(task.section.blocks)
    prompt = prompts.edit(task.title, task.section.heading, text)
    async with Model(task.model) as model:
        written = await model.write(prompt)
    if _says_nothing_new(written.text, text):
        return task.section
    verdict = await _check(
        written,
        task.evidence,
        prompt,
        model=task.model,
        heading=task.section.heading,
        said=task.said,
        verified=Verified(task.evidence, task.model, sentences_of(task.section.blocks)),
    )
    enough = word_count(verdict.blocks) >= EDIT_KEEPS * word_count(task.section.blocks)
    if not verdict.passed or not enough or verdict.blocks == task.section.blocks:
        return task.section
    dropped = task.section.sentences_dropped + len(verdict.dropped)
    update = {
        "blocks": verdict.blocks,
        "edited": True,
        "sentences_dropped": dropped,
        "changes": [*task.section.changes, *verdict.changes],
    }
    return task.section.model_copy(update=update)


def _says_nothing_new(reply: str, text: str) -> bool:
    """Return whether an editor gave the text back, or a remark in its place (“No change.”): that is no edit."""
    return one_line(reply) == one_line(text) or len(words(reply)) < EDIT_KEEPS * len(words(text))


@component(title="Write the opening")
async def write_lead(title: str, sections: list[Section], evidence: list[Evidence], model: str) -> list[Block]:
    """An opening paragraph made of what the sections say; none where it does not pass the check."""
    said = _said(sections)
    text_so_far = "\n\n".join(plain_text(section.blocks)[:400] for section in sections)
    prompt = prompts.lead(title, [section.heading for section in sections], text_so_far)
    async with Model(model) as writer:
        written = await writer.write(prompt)
    verdict = await _check(
        written, evidence, prompt, model=model, heading=title, said=said, least_words=12, least_sentences=1
    )
    return verdict.blocks[:1] if verdict.passed and verdict.blocks[0].kind == "prose" else []


@component(title="Edit")
async def edit(title: str, sections: list[Section], plan: Plan, model: str, cap: int = 0) -> Edited:
    """Read the post once more as a whole. Whatever goes wrong here, what was written before stands.

    At the `cap` on its tokens, what is left is not read again.
    """
    status("Reading the post once more")
    stage, edited, unread = Stage(cap), list(sections), 0
    tasks = [
        EditTask(
            title=title,
            section=section,
            evidence=plan.sections[section.n - 1].evidence,
            said=_said(other for other in sections if other.n != section.n),
            model=model,
        )
        for section in sections
        if not section.is_extract
    ]
    for start in range(0, len(tasks), _EDITS_AT_ONCE):
        if stage.is_used_up:
            unread = len(tasks) - start
            break
        async for done in map_concurrent(edit_section, tasks[start : start + _EDITS_AT_ONCE], limit=_EDITS_AT_ONCE):
            if done.result is not None:
                edited = [done.result if section.n == done.result.n else section for section in edited]
    is_capped = stage.is_used_up
    lead = [] if is_capped else await _lead(title, edited, plan, model)
    left_out = [_left_out(cap, unread)] if is_capped else []
    return Edited(sections=edited, lead=lead, lead_by=model if lead else "", left_out=left_out)


async def _lead(title: str, sections: list[Section], plan: Plan, model: str) -> list[Block]:
    evidence = unique(item for part in plan.sections for item in part.evidence)
    try:
        return await write_lead(title, sections, evidence, model)
    except GenisysError:
        return []


def _left_out(cap: int, unread: int) -> str:
    sections = f"{unread} section{'s were' if unread > 1 else ' was'} not read once more, and " if unread else ""
    said = f"The edit ended at its cap of {cap:,} tokens: {sections}no opening was written."
    status(said)
    return said


def unique(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return each passage once."""
    return list({item.passage_id: item for item in evidence}.values())
