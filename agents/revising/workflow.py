"""The order of a revision. What the wish does not touch is neither asked for nor paid for again."""

from __future__ import annotations

from collections.abc import Sequence

from agents.brief.outlines import OutlinedSection, merged, places
from agents.editing.marked_text import sentences_in
from agents.editing.sections import Part, body_from, parts_of
from agents.post.article import Section, sentences_of
from agents.post.assemble import section_markdown
from agents.post.citations import Citation, cited_numbers, number, numbers_of
from agents.revising.requests import (
    Draft,
    RevisedPart,
    ReviseRequest,
    ReviseResult,
    Revision,
    Rewriting,
    why_nothing_is_rewritten,
)
from agents.revising.steps import keep_revision, rewrite_section, take_up
from agents.sources.evidence import Evidence
from agents.steps.research import search_pages
from agents.writing.prompts import portion_for
from genisys import UserError, progress, status, workflow
from runs.providers import model_name

FAILED = "What the model wrote did not stand against the sources, so the section stays as it was."


def _rewriting(
    n: int,
    part: Part,
    wanted: Sequence[Part],
    evidence: Sequence[Evidence],
    *,
    title: str,
    request: ReviseRequest,
    model: str,
) -> Rewriting:
    """Return the task of rewriting one of the `wanted` parts, as the model that is to do it takes it."""
    planned = _planned_for(request, part.heading)
    return Rewriting(
        n=n,
        title=title,
        heading=part.heading,
        others=[other.heading for other in wanted if other.heading not in ("", part.heading)],
        text=part.text,
        instruction=request.instruction,
        evidence=list({item.passage_id: item for item in evidence}.values())[: portion_for(model).passages],
        said=[one.text for other in wanted if other.heading != part.heading for one in sentences_in(other.text)],
        model=model,
        covers="" if planned is None else planned.covers,
        brief="" if planned is None else told(planned),
    )


def told(planned: OutlinedSection) -> str:
    """Return in lines what a section is planned to claim, and its length, as its writer is told."""
    claims = [f"Planned for this section: {claim.text}" for claim in planned.claims or []]
    return "\n".join([*claims, *([f"Length of this section: about {planned.words} words"] if planned.words else [])])


def _planned_for(request: ReviseRequest, heading: str) -> OutlinedSection | None:
    named = (each for each in request.outline if isinstance(each, OutlinedSection))
    return next((each for each in named if each.heading == heading), None)


def _query(request: ReviseRequest, part: Part) -> str:
    """Return what to look for on a section's behalf: its own words, those of its claims, and the wish."""
    planned = _planned_for(request, part.heading)
    about = [planned.covers, *(claim.text for claim in planned.claims or [])] if planned else []
    return " ".join(filter(None, [part.heading, *about, request.instruction]))


@workflow(name="revise-post", title=lambda request: request.instruction or "A new outline")
async def revise_post(request: ReviseRequest) -> ReviseResult:
    """Change a written post as asked, section by section, and keep the outcome as its new version."""
    draft = await take_up(request.post_id)
    model = model_name()
    if unable := why_nothing_is_rewritten(model):
        raise UserError(unable)
    parts = parts_of(draft.body)
    request = with_all_planned(request, draft.plan)
    wanted, todo = planned(request, parts, draft.plan)
    hits = await search_pages(draft.site_ids, [_query(request, part) for part in todo])
    done: dict[str, Section] = {}
    evidence = {item.passage_id: item for item in [*draft.evidence, *(item for found in hits for item in found)]}
    progress(0, len(todo), "sections")
    for n, (part, found) in enumerate(zip(todo, hits, strict=True), start=1):
        own = [*_cited(draft, request, part), *found]
        task = _rewriting(n, part, wanted, own, title=request.title or draft.title, request=request, model=model)
        done[part.heading] = await rewrite_section(task)
        progress(n, len(todo), "sections")
    result = await keep_revision(draft, revised(request, draft, wanted, done, evidence))
    status(f"Version {result.version} of the post is ready")
    failed = {heading: FAILED for heading, section in done.items() if not section.blocks}
    rewritten = [heading for heading in done if heading not in failed and heading not in result.left]
    return result.model_copy(update={"rewritten": rewritten, "left": {**failed, **result.left}})


def with_all_planned(request: ReviseRequest, plan: Sequence[OutlinedSection]) -> ReviseRequest:
    """Return the request with what its outline leaves out of a section as it was planned before."""
    after = [each for each in request.outline if isinstance(each, OutlinedSection)]
    whole = {
        section.heading: merged(plan[place] if place >= 0 else None, section)
        for section, place in zip(after, places(plan, after), strict=True)
    }
    outline = [whole[each.heading] if isinstance(each, OutlinedSection) else each for each in request.outline]
    return request.model_copy(update={"outline": outline})


def planned(
    request: ReviseRequest, parts: list[Part], plan: Sequence[OutlinedSection] = ()
) -> tuple[list[Part], list[Part]]:
    """Return the sections that the post is to have, in order, and those to be written. Raises UserError.

    One that the outline plans otherwise than the `plan` before is written anew, without its text.
    """
    known = {part.heading: part for part in parts}
    strange = [heading for heading in request.sections if heading not in known]
    if strange:
        raise UserError(f"The post has no section “{strange[0]}”, so nothing was changed.")
    wanted = parts
    if request.outline:
        named = list(dict.fromkeys(_heading(each) for each in request.outline if _heading(each)))
        opening = [known[""]] if "" in known else []
        wanted = opening + [known.get(heading, Part(heading, "")) for heading in named]
    before = {section.heading: section for section in plan}
    anew = {
        each.heading
        for each in request.outline
        if isinstance(each, OutlinedSection) and each != before.get(each.heading, each)
    }
    chosen = request.sections or ([] if request.outline else [part.heading for part in parts])
    todo = [
        Part(part.heading, "") if part.heading in anew else part
        for part in wanted
        if part.heading in chosen or part.heading in anew or not part.text
    ]
    if not request.instruction and (request.sections or not request.outline):
        raise UserError("Say what should change, in a few words. Nothing was changed.")
    return wanted, todo


def revised(
    request: ReviseRequest, draft: Draft, wanted: list[Part], done: dict[str, Section], evidence: dict[int, Evidence]
) -> Revision:
    """Return the post with the sections that stand in their places; sources keep their numbers."""
    cited: list[Citation] = [source.model_copy(deep=True) for source in draft.cited]
    stand = {heading: section for heading, section in done.items() if section.blocks}
    cited = number((section.blocks for section in stand.values()), evidence, after=cited)
    numbers = numbers_of(cited)
    parts = [
        Part(part.heading, section_markdown(stand[part.heading].blocks, numbers)) if part.heading in stand else part
        for part in wanted
    ]
    body = body_from([part for part in parts if part.text])
    rulings = {one.text: one.ruling for section in stand.values() for one in sentences_of(section.blocks)}
    why = request.instruction or "A new outline"
    parts_now = [
        _revised_part(request, draft, part, stand.get(part.heading), left=part.heading in done)
        for part in wanted
        if part.heading and (part.text or part.heading in stand)
    ]
    return Revision(body=body, why=why, rulings=rulings, citations=cited, title=request.title, parts=parts_now)


def _revised_part(
    request: ReviseRequest, draft: Draft, part: Part, section: Section | None, *, left: bool
) -> RevisedPart:
    """Return what is kept of a section: one that could not be written keeps what it was planned for as well."""
    before = next((each for each in draft.plan if each.heading == part.heading), None)
    wanted = None if left and section is None else _planned_for(request, part.heading)
    return RevisedPart(heading=part.heading, planned=wanted or before, section=section)


def _heading(section: str | OutlinedSection) -> str:
    return section if isinstance(section, str) else section.heading


def _cited(draft: Draft, request: ReviseRequest, part: Part) -> list[Evidence]:
    """Return the passages of the sources that a section names, and those that its planned claims name."""
    named, planned = cited_numbers(part.text), _planned_for(request, part.heading)
    ids = {passage_id for source in draft.cited if source.n in named for passage_id in source.passage_ids}
    ids |= {number for claim in (planned.claims or [] if planned else []) for number in claim.sources}
    return [item for item in draft.evidence if item.passage_id in ids]
