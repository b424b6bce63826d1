"""The digest as a step: what a post is where the model is too weak to write one. It asks no model."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims import contradictions
from agents.digest import Chapter, Composed, chapters_of, compose
from agents.post.article import DIGEST, Section, said_in, word_count
from agents.post.assemble import section_markdown
from agents.post.citations import Citation, number, numbers_of
from agents.research import rows
from agents.sources.evidence import Evidence
from agents.sources.ranking import allot, fuse
from agents.steps.display import show_section as _tell_section
from agents.steps.display import show_source as _tell_source
from agents.steps.handoff import Assignment, Digest, Found, Plan
from agents.steps.research import search_pages
from agents.writing.extractive import extractive_section
from agents.writing.outline import settle
from agents.writing.prompts import SMALL, portion_for
from genisys import UserError, component, status, text

_PAGES, _POOL, _A_PAGE = 12, 40, 12


def is_digest(model: str) -> bool:
    """Return whether posts of this model are digests: it writes and judges too badly for anything else."""
    return portion_for(model) is SMALL


@component(title="Find the parts to quote")
async def find_chapters(topic: str, site_ids: list[str], evidence: list[Evidence]) -> list[Chapter]:
    """Return what stands under the headings of the evidence, whole, without what other pages contradict."""
    found = await rows.chapters(topic, evidence, site_ids, _PAGES)
    passages = {item.passage_id: item for chapter in found for item in chapter.passages}
    lost = {
        lost
        for one in contradictions([item for item in evidence if item.passage_id in passages])
        for lost in one.dropped
    }
    return [chapter.without(lost) for chapter in found] if lost else found


@component(title="Compose the digest")
async def digest(topic: str, sections: int, found: Found) -> Digest:
    """Compose a digest of what the pages say, and show it section by section.

    Raises UserError where passages can be compared with the topic in meaning, and none is about it.
    """
    status("Composing a digest of what the pages say; no language model writes it")
    hits = await search_pages(found.context.site_ids, [topic])
    evidence = fuse([*hits, found.evidence], limit=_POOL, per_page=_A_PAGE)
    ranks = {item.passage_id: rank for rank, item in enumerate(evidence)}
    chapters = [*_given(found.given, ranks), *await find_chapters(topic, found.context.site_ids, evidence)]
    composed = compose(topic, chapters, sections)
    title = settle(None, topic=topic, evidence=found.evidence, sections=sections).title
    compared = any(chapter.alone is not None for chapter in chapters)
    if compared and not composed:
        names = ", ".join(found.context.site_names[:3]) or "these sites"
        raise UserError(
            f"The pages of {names} say nothing on “{topic}” that could be quoted. Choose another topic, or read a site"
            " that covers this one."
        )
    enough = len(composed) >= (1 if compared else min(2, sections))
    made = _of(title, composed) if enough else _plain(title, sections, found.evidence)
    if composed and len(made.sections) < sections:
        count = len(made.sections)
        parts = "part of the pages is" if count == 1 else "parts of the pages are"
        status(f"Only {count} {parts} about this; what merely touches on it is left out")
    await _show(made)
    return made


def _given(passages: Sequence[Evidence], ranks: dict[int, int]) -> list[Chapter]:
    """Return the chapters of what was given for this run alone, each source's passages in its own order."""
    sources: dict[str, list[Evidence]] = {}
    for item in sorted(passages, key=lambda item: -item.passage_id):
        sources.setdefault(item.page_url, []).append(item)
    return [chapter for own in sources.values() for chapter in chapters_of("", own, ranks)]


def _of(title: str, composed: Sequence[Composed]) -> Digest:
    plan = Plan(
        title=title,
        shared=False,
        sections=[Assignment(heading=one.heading, covers="", evidence=one.chapter.passages) for one in composed],
    )
    sections = [
        Section(n=n, heading=one.heading, blocks=one.blocks, written_by=DIGEST)
        for n, one in enumerate(composed, start=1)
    ]
    return Digest(plan=plan, sections=sections)


def _plain(title: str, sections: int, evidence: list[Evidence]) -> Digest:
    """Return quotations under the headings of few pages, of which too few parts can stand by themselves."""
    settled = settle(None, topic=title, evidence=evidence, sections=sections)
    shares = allot([f"{one.heading} {one.covers}" for one in settled.sections], evidence, SMALL.passages)
    made: list[Section] = []
    for n, (planned, share) in enumerate(zip(settled.sections, shares, strict=True), start=1):
        subject = f"{planned.heading} {title}"
        blocks = extractive_section(share, subject=subject, said=said_in(made)) or extractive_section(
            share, subject=subject
        )
        made.append(Section(n=n, heading=planned.heading, blocks=blocks, written_by=DIGEST))
    assigned = [
        Assignment(heading=planned.heading, covers="", evidence=share)
        for planned, share in zip(settled.sections, shares, strict=True)
    ]
    return Digest(plan=Plan(title=title, shared=False, sections=assigned), sections=made)


async def _show(made: Digest) -> None:
    evidence = {item.passage_id: item for part in made.plan.sections for item in part.evidence}
    cited: list[Citation] = []
    for section in made.sections:
        cited = number([section.blocks], evidence, after=cited)
        async with text(f"section-{section.n}", title=section.heading) as shown:
            shown.replace(section_markdown(section.blocks, numbers_of(cited)))
        _tell_section(section.n, section.heading, "done", words=word_count(section.blocks), model=DIGEST)
    for citation in cited:
        _tell_source(citation)
