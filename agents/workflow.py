"""The workflow `write-post`: research, outline, sections one by one, an edit pass, the assembled post.

Every model call is a step of its own, so that an error late costs nothing that was done before. Whatever a
model writes must pass `agents.grounding`; what does not is replaced by an extract of the sources, so that a weak
model makes a plainer post, never an untrue or an unfinished one.

The steps are in `agents.steps`. This file holds their order, and the last one, which puts the post together.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents import grounding, library
from agents.brief import asking
from agents.brief.forbidden import lead_without, without_forbidden
from agents.brief.outlines import Outlined
from agents.brief.requests import PostRequest
from agents.linking.steps import checked_links
from agents.outlining.plans import named_sources, outlined, replanned, section_of
from agents.post.article import Section, plain_text
from agents.post.article import said_in as _said
from agents.post.assemble import article_markdown
from agents.post.citations import Citation, faults, number
from agents.presenting.presentation import Presentation
from agents.presenting.steps import close, present
from agents.research.gathering import in_that_tone, read_addresses, read_given
from agents.research.rows import ResearchContext
from agents.results import PostResult
from agents.sources.evidence import GIVEN, Evidence
from agents.steps.digest import digest, is_digest
from agents.steps.display import show_section as _tell_section
from agents.steps.display import show_source as _tell_source
from agents.steps.edit import edit
from agents.steps.edit import unique as _unique
from agents.steps.handoff import Edited, Found, Plan, SectionTask
from agents.steps.outline import assign, outline
from agents.steps.research import look_over, research
from agents.steps.section import keep_section, write_section
from agents.writing.spending import Stage
from genisys import GenisysError, UserError, component, progress, status, text, workflow

_NOTHING_LEFT = (
    "Nothing is left of this post: the brief forbids something in every section. What was written is kept with this"
    " run. Ask for the post again with fewer words and phrases under “Never say”."
)


def _check(
    title: str, sections: Sequence[Section], markdown: str, citations: Sequence[Citation], *, may_be_short: bool
) -> None:
    texts = [plain_text(section.blocks) for section in sections]
    least = 1 if may_be_short else grounding.LEAST_HEADINGS
    wrong = grounding.check_post(title, [section.heading for section in sections], texts, least=least)
    if wrong or (wrong := faults(markdown, citations)):
        raise GenisysError(
            f"The post was not published: {' '.join(wrong)} What was written is kept with this run. Change its outline,"
            " or have it written anew.",
            permanent=True,
        )


@component(title="Put the post together")
async def finish(
    post_id: str,
    plan: Plan,
    edited: Edited,
    model: str,
    given: list[Evidence],
    presentation: Presentation | None = None,
    left_out: list[str] | None = None,
) -> PostResult:
    """Number the sources, assemble the Markdown, hold it against the last checks, and save it.

    `given` are the passages that stand in no knowledge base: those that the post cites are kept with it, whole.
    `left_out` says what the caps of the stages and the brief have kept out of it.
    """
    status("Putting the post together")
    evidence = {item.passage_id: item for part in plan.sections for item in part.evidence}
    sections = [section for section in edited.sections if section.blocks]
    citations = number([edited.lead, *(section.blocks for section in sections)], evidence)
    markdown = article_markdown(plan.title, edited.lead, sections, citations)
    # A digest holds as much as the pages have on the topic, a capped post what was written before its cap.
    _check(plan.title, sections, markdown, citations, may_be_short=bool(left_out) or is_digest(model))
    result = PostResult(
        post_id=post_id,
        title=plan.title,
        markdown=markdown,
        citations=citations,
        models=[model] if edited.lead_by or any(section.by_model for section in sections) else [],
        extracts=sum(section.is_extract for section in sections),
        presentation=presentation or Presentation(),
        left_out=left_out or [],
    )
    await library.save(
        result, edited.sections, edited.lead_by, given, [section_of(planned) for planned in plan.sections]
    )
    for citation in citations:
        _tell_source(citation)
    async with text("article", title=plan.title) as article:
        article.replace(markdown)
    return result


@workflow(name="write-post", title=lambda request: request.topic)
async def write_post(request: PostRequest) -> PostResult:
    """Write a post about a topic from the pages that were read, with a citation for every sentence."""
    changes = request.outlines
    request, found = await _researched(request)
    if is_digest(found.model):
        made = await digest(request.topic, request.sections, found)
        edited = _allowed(Edited(sections=made.sections, lead=[]), request)
        post_id, left_out = found.context.post_id, edited.left_out
        result = await finish(post_id, made.plan, edited, found.model, found.alone, left_out=left_out)
        return await _linked(result, found)
    plan = await outline(request, found)
    if request.brief.approve_minutes:
        plan = await _approved(plan, found, request.brief.approve_minutes)
    plan = await assign(request.topic, plan, found)
    for outline_now in changes:
        plan = await assign(request.topic, _changed(plan, outline_now), found)
    sections, unwritten = await _written(request, plan, found)
    edited, presentation = await _ended(request, plan, sections, found.model)
    left_out = [*found.left_out, *plan.left_out, *unwritten, *edited.left_out]
    result = await finish(found.context.post_id, plan, edited, found.model, found.alone, presentation, left_out)
    result = await _linked(result, found)
    status("The post is ready")
    return result


async def _researched(request: PostRequest) -> tuple[PostRequest, Found]:
    """Return the request as it stands after what was asked back, and what there is to write from.

    Raises UserError where that is too little and nobody gives more.
    """
    request = await asking.with_a_telling_topic(request)
    brief = request.brief
    context = await look_over(_light(request), len(brief.sources) + len(brief.files))
    if is_digest(context.model):
        if said := asking.told_without(brief, context.model):
            status(said)
    else:
        asked = await asking.with_the_brief_filled_in(await asking.in_their_language(request, context.languages))
        request = asked.model_copy(update={"brief": await in_that_tone(asked.brief)})
    given = await read_given(brief)
    found = await _found(request, context, given)
    if found.lacking:
        request, addresses = await asking.with_more_to_go_on(request, found.lacking)
        given += await read_addresses(addresses, GIVEN, first=1 + len(brief.sources) + len(brief.files))
        found = await _found(request, context, given)
    if found.lacking:
        raise UserError(found.lacking)
    return _light(request), found


async def _found(request: PostRequest, context: ResearchContext, given: list[Evidence]) -> Found:
    """Do the research; a topic that a person has given in the place of another is the post's first."""
    if request.topic != context.topic:
        context = await look_over(_light(request), len(given) or 1)
    return await research(_light(request), context, given)


def _light(request: PostRequest) -> PostRequest:
    """Return the request without the bytes of its files, which no step but the one that reads them needs.

    Changes of the outline go as well: research and the first outline are the same with them, and are not paid again.
    """
    return request.model_copy(update={"brief": request.brief.model_copy(update={"files": []}), "outlines": []})


def _allowed(edited: Edited, request: PostRequest) -> Edited:
    """Return the post without what the brief forbids, whoever wrote it, and with which sections that leaves out.

    Raises UserError where nothing is left.
    """
    phrases = request.brief.not_say
    lead = lead_without(edited.lead, phrases)
    sections = without_forbidden(edited.sections, phrases)
    gone = [now.heading for now, was in zip(sections, edited.sections, strict=True) if was.blocks and not now.blocks]
    if gone and not any(section.blocks for section in sections):
        raise UserError(_NOTHING_LEFT)
    left_out = list(edited.left_out)
    if gone:
        said = f"Left out, since the brief forbids what {'it' if len(gone) == 1 else 'they'} said: {_quoted(gone)}."
        status(said)
        left_out.append(said)
    update = {"sections": sections, "lead": lead, "lead_by": edited.lead_by if lead else "", "left_out": left_out}
    return edited.model_copy(update=update)


async def _approved(plan: Plan, found: Found, minutes: int) -> Plan:
    """Return the plan as a person approved it."""
    sources = named_sources(plan, found.evidence)
    return replanned(plan, await asking.approved(outlined(plan), sources, minutes))


def _changed(plan: Plan, outline_now: Outlined) -> Plan:
    """Return the plan after a change; sections in which nothing was changed keep what they were written from."""
    return replanned(plan, outline_now).model_copy(update={"changes": plan.changes + 1})


async def _written(request: PostRequest, plan: Plan, found: Found) -> tuple[list[Section], list[str]]:
    """Write the sections in their order; each knows what those before it say. Return also what the cap left out.

    A section that was written before the outline was changed is kept.
    """
    headings = [section.heading for section in plan.sections]
    evidence = {item.passage_id: item for part in plan.sections for item in part.evidence}
    brief = request.brief.told(found.voice)
    stage, sections = Stage(request.brief.caps.sections), list[Section]()
    progress(0, len(headings), "sections")
    for n, assignment in enumerate(plan.sections, start=1):
        if sections and stage.is_used_up:
            return sections, [_unwritten(plan, n, stage.cap)]
        task = SectionTask(
            n=n,
            title=plan.title,
            headings=headings,
            covers=assignment.covers,
            evidence=assignment.evidence,
            shared=plan.shared,
            said=_said(sections),
            cited=number((section.blocks for section in sections), evidence),
            model=found.model,
            conflicts=plan.conflicts,
            brief="\n".join(filter(None, (brief, assignment.told()))),
            thesis=plan.thesis,
            block=plan.block(n),
        )
        section = await write_section(task)
        sections.append(section if section.block == task.block else await keep_section(task, section))
        progress(n, len(headings), "sections")
    return sections, []


def _quoted(headings: Sequence[str]) -> str:
    return ", ".join(f"“{heading}”" for heading in headings)


def _unwritten(plan: Plan, first: int, cap: int) -> str:
    """Tell which sections are not written, from that one on, and return it in a sentence."""
    named = [section.heading for section in plan.sections[first - 1 :]]
    for n, heading in enumerate(named, start=first):
        _tell_section(n, heading, "left out", block=plan.block(n))
    said = f"Writing ended at its cap of {cap:,} tokens. Left out: {_quoted(named)}."
    status(said)
    return said


async def _ended(request: PostRequest, plan: Plan, sections: list[Section], model: str) -> tuple[Edited, Presentation]:
    """Edit the post, close it, and find what it is presented with, as far as the cap of this stage reaches."""
    cap, skipped = request.brief.caps.edit, list[str]()
    stage = Stage(cap)
    edited = await edit(plan.title, sections, plan, model, cap)
    if stage.is_used_up:
        skipped.append("no closing paragraph")
    else:
        edited = await _closed(plan, edited, model, request.brief.call_to_action)
    edited = _allowed(edited, request)
    presentation = Presentation()
    if stage.is_used_up:
        skipped.append("no other titles")
    else:
        presentation = await _presented(plan, edited, model)
    if skipped:
        said = f"At the cap of {cap:,} tokens for the edit, {' and '.join(skipped)} could be written."
        status(said)
        edited = edited.model_copy(update={"left_out": [*edited.left_out, said]})
    return edited, presentation


async def _closed(plan: Plan, edited: Edited, model: str, wanted: str) -> Edited:
    """Return the post with a closing; one that no model could write ends as it is."""
    if not edited.sections[-1].by_model:
        return edited
    last = await close(plan.title, edited.sections, edited.lead, _all_evidence(plan), model, wanted)
    return edited.model_copy(update={"sections": [*edited.sections[:-1], last]})


async def _presented(plan: Plan, edited: Edited, model: str) -> Presentation:
    """Find what the post is presented with: other titles, a description, an excerpt, a message."""
    sections = [section for section in edited.sections if section.blocks]
    if not any(section.by_model for section in sections):
        return Presentation()
    return await present(plan.title, sections, _all_evidence(plan), model)


async def _linked(result: PostResult, found: Found) -> PostResult:
    """Return the post with those of its links that lead nowhere. What this run has read is not asked for again."""
    dead = await checked_links(result.post_id, [item.page_url for item in found.alone])
    return result.model_copy(update={"dead_links": dead})


def _all_evidence(plan: Plan) -> list[Evidence]:
    return _unique(item for part in plan.sections for item in part.evidence)
