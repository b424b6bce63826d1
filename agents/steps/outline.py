"""The plan: title, thesis, sections with their claims; once it stands, the evidence of each section."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from agents.brief.requests import PostRequest
from agents.research import rows
from agents.sources.evidence import Evidence
from agents.sources.ranking import WORDS_A_SECTION as _WORDS_A_SECTION
from agents.sources.ranking import allot, by_fit, fuse, on_topic, with_neighbours
from agents.steps.conflicts import without_conflicts as _without_conflicts
from agents.steps.display import show_count
from agents.steps.display import show_outline as _tell_outline
from agents.steps.display import show_section as _tell_section
from agents.steps.handoff import Assignment, Found, Plan
from agents.steps.research import search_pages
from agents.writing import prompts
from agents.writing.model import Model
from agents.writing.outline import PlannedSection, Proposal, claims_of, settle
from agents.writing.prompts import Prompt, portion_for
from agents.writing.spending import fitted
from genisys import component, status

_OWN_HITS = 6
_READ_ON = 4
"""Passages on either side of one that a claim names, under the same heading."""


def _assignment(planned: PlannedSection, numbered: Sequence[Evidence], words: int) -> Assignment:
    claims = claims_of(planned, numbered)
    return Assignment(heading=planned.heading, covers=planned.covers, planned=claims, words=words)


@component(title="Outline")
async def outline(request: PostRequest, found: Found) -> Plan:
    """Settle the title, the thesis and the sections, each with the claims that it is to make and what bears them."""
    status("Outlining the post")
    async with Model(found.model) as model:
        prompt = prompts.outline(
            request.topic,
            request.sections,
            found.evidence,
            model.portion,
            brief=request.brief.told(found.voice),
            words=request.brief.section_words(request.sections),
            quotes={note.passage_id: note.quote for note in found.notes},
        )
        proposal, is_capped = await _proposed(model, prompt, request)
        numbered = found.evidence[: model.portion.outlined]
    settled = settle(
        proposal,
        topic=request.topic,
        evidence=found.evidence,
        sections=request.sections,
        asked=prompt.instructions,
        not_say=request.brief.not_say,
    )
    words = request.brief.section_words(len(settled.sections))
    sections = [_assignment(planned, numbered, words) for planned in settled.sections]
    plan = Plan(title=settled.title, thesis=settled.thesis, shared=False, sections=sections)
    if is_capped:
        plan.left_out.append(_left_out(request, settled.by_model))
    _tell_outline(plan.title, plan.thesis, [_shown(section) for section in plan.sections], settled=True)
    return plan


async def _proposed(model: Model, prompt: Prompt, request: PostRequest) -> tuple[Proposal | None, bool]:
    """Return the model's outline, and whether the cap of this stage has cut it short."""
    asked = fitted(prompt, request.brief.caps.outline, model.portion.tokens)
    if asked is None:
        return None, True
    schema = prompts.outline_schema(model.portion, request.sections)
    proposal, cut_off = await model.grow(asked, schema, Proposal, _show)
    return proposal, cut_off and asked is not prompt


def _left_out(request: PostRequest, own: int) -> str:
    said = (
        f"The outline ended at its cap of {request.brief.caps.outline:,} tokens: {own} of {request.sections} sections"
        " are the model’s own."
    )
    status(said)
    return said


@component(title="Read on where claims stand")
async def read_on(passages: list[int]) -> list[Evidence]:
    """What stands beside the passages that claims name: a rule's exception or reason is often a paragraph further."""
    return await rows.read_on(passages, _READ_ON)


def _named(plan: Plan) -> list[list[int]]:
    return [[passage for claim in section.planned for passage in claim.passages] for section in plan.sections]


@component(title="Give each section its sources")
async def assign(topic: str, plan: Plan, found: Found) -> Plan:
    """Give each section of the outline that stands its own evidence: what its claims name, then what its words find.

    A section that has its evidence from before the outline was changed keeps it.
    """
    portion = portion_for(found.model)
    subjects = [section.subject for section in plan.sections]
    hits = await search_pages(found.context.site_ids, subjects)
    hits += [by_fit(subject, found.given) for subject in subjects]
    beside = await read_on(sorted({passage for passages in _named(plan) for passage in passages if passage > 0}))
    given = [item for item in [*found.given, *found.evidence] if item.passage_id < 0]
    plan = _without_gone(plan, {item.passage_id for item in [*beside, *given]})
    named = _named(plan)
    everything = fuse([found.evidence, *hits, beside], limit=2 * portion.pool, per_page=2 * portion.pool)
    kept = on_topic(topic, everything, least_words=_WORDS_A_SECTION * len(plan.sections))
    # What a section finds with its own words stays, and what its claims name: neither may name the post's topic.
    own = {item.passage_id for item in kept} | {item.passage_id for hit in hits for item in hit[:_OWN_HITS]}
    own = own.union(*named, (item.passage_id for item in beside))
    pool = [item for item in everything if item.passage_id in own]
    shares = allot(
        subjects, pool, portion.passages, [with_neighbours(passages, beside, portion.passages) for passages in named]
    )
    sections = [
        section.model_copy(update={"evidence": section.evidence or share})
        for section, share in zip(plan.sections, shares, strict=True)
    ]
    update = {"sections": sections, "shared": len(pool) < len(sections)}
    assigned = _without_conflicts(plan.model_copy(update=update))
    for n, section in enumerate(assigned.sections, start=1):
        _tell_section(n, section.heading, "to come", block=assigned.block(n))
    if plan.changes:
        show_count(len(assigned.sections))
    return assigned


def _without_gone(plan: Plan, there: Collection[int]) -> Plan:
    """Return the plan whose claims name no passage that is not there any more, after it has been told."""
    sections = []
    for section in plan.sections:
        planned = []
        for claim in [] if section.evidence else section.planned:
            kept = [passage for passage in claim.passages if passage in there]
            if len(kept) < len(claim.passages):
                status(f"“{claim.text}” names a source that is no longer there; another one is looked for")
            planned.append(claim.model_copy(update={"passages": kept}))
        sections.append(section if section.evidence else section.model_copy(update={"planned": planned}))
    return plan.model_copy(update={"sections": sections})


def _show(proposal: Proposal) -> None:
    """Show the outline as far as the model has come with it."""
    sections = [
        {
            "heading": section.heading,
            "covers": section.covers,
            "claims": [{"text": claim.text, "sources": len(claim.sources)} for claim in section.claims],
        }
        for section in proposal.sections
    ]
    _tell_outline(proposal.title, proposal.thesis, sections, settled=False)


def _shown(section: Assignment) -> Mapping[str, Any]:
    claims = [{"text": claim.text, "sources": len(claim.passages)} for claim in section.planned]
    return {"heading": section.heading, "covers": section.covers, "claims": claims}
