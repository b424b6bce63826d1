"""A plan as an outline that a person sees, and what a changed outline makes of the plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agents.brief.outlines import Outlined, OutlinedClaim, OutlinedSection, merged, places
from agents.sources.evidence import Evidence
from agents.steps.handoff import Assignment, Plan
from agents.writing.outline import PlannedClaim


def outlined(plan: Plan) -> Outlined:
    """Return the plan as a person sees and changes it."""
    return Outlined.model_construct(
        title=plan.title, thesis=plan.thesis, sections=[section_of(section) for section in plan.sections]
    )


def section_of(planned: Assignment) -> OutlinedSection:
    claims = [OutlinedClaim.model_construct(text=claim.text, sources=claim.passages) for claim in planned.planned]
    return OutlinedSection.model_construct(
        heading=planned.heading, covers=planned.covers, claims=claims, words=planned.words
    )


def named_sources(plan: Plan, evidence: Iterable[Evidence]) -> dict[int, str]:
    """Return the titles of the passages that the plan's claims name."""
    titles = {item.passage_id: item.page_title or item.page_url for item in evidence}
    named = [passage for section in plan.sections for claim in section.planned for passage in claim.passages]
    return {passage: titles[passage] for passage in named if passage in titles}


def replanned(plan: Plan, outline: Outlined) -> Plan:
    """Return the plan as the outline has it. A section in which nothing was changed keeps its evidence."""
    before = [section_of(section) for section in plan.sections]
    sections = []
    for after, place in zip(outline.sections, places(before, outline.sections), strict=True):
        old = before[place] if place >= 0 else None
        wanted = merged(old, after)
        sections.append(plan.sections[place] if wanted == old else _assignment(wanted))
    update = {"title": outline.title or plan.title, "thesis": outline.thesis, "sections": sections}
    return plan.model_copy(update=update)


def _assignment(section: OutlinedSection) -> Assignment:
    planned = [PlannedClaim(text=claim.text, passages=claim.sources) for claim in section.claims or []]
    return Assignment(heading=section.heading, covers=section.covers, planned=planned, words=section.words or 0)
