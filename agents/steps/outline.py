"""The plan: title, headings, and the evidence of each section."""

from __future__ import annotations

from agents.requests import PostRequest
from agents.sources.ranking import WORDS_A_SECTION as _WORDS_A_SECTION
from agents.sources.ranking import allot, fuse, on_topic
from agents.steps.conflicts import without_conflicts as _without_conflicts
from agents.steps.display import show_section as _tell_section
from agents.steps.handoff import Assignment, Found, Plan
from agents.steps.research import search_pages
from agents.writing import prompts
from agents.writing.model import Model
from agents.writing.outline import PlannedSection, Proposal, claims_of, settle
from genisys import component, publish_object, status

_OWN_HITS = 6


@component(title="Outline")
async def outline(request: PostRequest, found: Found) -> Plan:
    """Settle the title and the headings, and give each section its own evidence."""
    status("Outlining the post")
    async with Model(found.model) as model:
        prompt = prompts.outline(
            request.topic,
            request.sections,
            found.evidence,
            model.portion,
            brief=request.brief.told(found.voice),
            words=request.brief.section_words(request.sections),
        )
        schema = prompts.outline_schema(model.portion, request.sections)
        proposal = await model.grow(prompt, schema, Proposal, _show)
        numbered = found.evidence[: model.portion.outlined]
    settled = settle(
        proposal,
        topic=request.topic,
        evidence=found.evidence,
        sections=request.sections,
        asked=prompt.instructions,
        not_say=request.brief.not_say,
    )
    hits = await search_pages(found.context.site_ids, [_subject(planned) for planned in settled.sections])
    everything = fuse([found.evidence, *hits], limit=2 * model.portion.pool, per_page=2 * model.portion.pool)
    kept = on_topic(request.topic, everything, least_words=_WORDS_A_SECTION * request.sections)
    # What a section finds with its own words stays, though it may not name the post's topic.
    own = {item.passage_id for item in kept} | {item.passage_id for hit in hits for item in hit[:_OWN_HITS]}
    pool = [item for item in everything if item.passage_id in own]
    shares = allot([_subject(planned) for planned in settled.sections], pool, model.portion.passages)
    plan = Plan(
        title=settled.title,
        thesis=settled.thesis,
        shared=len(pool) < len(settled.sections),
        sections=[
            Assignment(
                heading=planned.heading,
                covers=planned.covers,
                evidence=share,
                planned=claims_of(planned, numbered),
                words=request.brief.section_words(len(settled.sections)),
            )
            for planned, share in zip(settled.sections, shares, strict=True)
        ],
    )
    plan = _without_conflicts(plan)
    for n, section in enumerate(plan.sections, start=1):
        _tell_section(n, section.heading, "to come")
    return plan


def _show(proposal: Proposal) -> None:
    """Show the outline as far as the model has come with it."""
    publish_object("outline", proposal.model_dump())


def _subject(planned: PlannedSection) -> str:
    claims = " ".join(claim.text for claim in planned.claims)
    return f"{planned.heading} {planned.covers} {claims}".strip()
