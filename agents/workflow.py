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
from agents.brief.approval import Line
from agents.brief.forbidden import lead_without, without_forbidden
from agents.brief.requests import PostRequest
from agents.linking.steps import checked_links
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
from agents.steps.display import show_source as _tell_source
from agents.steps.edit import edit
from agents.steps.edit import unique as _unique
from agents.steps.handoff import Assignment, Edited, Found, Plan, SectionTask
from agents.steps.outline import assign, outline
from agents.steps.research import look_over, research
from agents.steps.section import write_section
from genisys import GenisysError, UserError, component, progress, status, text, workflow


def _check(title: str, sections: Sequence[Section], markdown: str, citations: Sequence[Citation]) -> None:
    texts = [plain_text(section.blocks) for section in sections]
    wrong = grounding.check_post(title, [section.heading for section in sections], texts)
    if wrong or (wrong := faults(markdown, citations)):
        raise GenisysError(f"The post did not pass the last check: {' '.join(wrong)}", permanent=True)


@component(title="Put the post together")
async def finish(
    post_id: str,
    plan: Plan,
    edited: Edited,
    model: str,
    given: list[Evidence],
    presentation: Presentation | None = None,
) -> PostResult:
    """Number the sources, assemble the Markdown, hold it against the last checks, and save it.

    `given` are the passages that stand in no knowledge base: those that the post cites are kept with it, whole.
    """
    status("Putting the post together")
    evidence = {item.passage_id: item for part in plan.sections for item in part.evidence}
    sections = [section for section in edited.sections if section.blocks]
    citations = number([edited.lead, *(section.blocks for section in sections)], evidence)
    markdown = article_markdown(plan.title, edited.lead, sections, citations)
    _check(plan.title, sections, markdown, citations)
    result = PostResult(
        post_id=post_id,
        title=plan.title,
        markdown=markdown,
        citations=citations,
        models=[model] if edited.lead_by or any(section.by_model for section in sections) else [],
        extracts=sum(section.is_extract for section in sections),
        presentation=presentation or Presentation(),
    )
    await library.save(result, sections, edited.lead_by, given)
    for citation in citations:
        _tell_source(citation)
    async with text("article", title=plan.title) as article:
        article.replace(markdown)
    return result


@workflow(name="write-post", title=lambda request: request.topic)
async def write_post(request: PostRequest) -> PostResult:
    """Write a post about a topic from the pages that were read, with a citation for every sentence."""
    request, found = await _researched(request)
    if is_digest(found.model):
        made = await digest(request.topic, request.sections, found)
        edited = _allowed(Edited(sections=made.sections, lead=[]), request)
        return await _linked(await finish(found.context.post_id, made.plan, edited, found.model, found.alone), found)
    plan = await outline(request, found)
    if request.brief.approve_minutes:
        plan = await _approved(plan, request.brief.approve_minutes)
    plan = await assign(request.topic, plan, found)
    sections = await _written(request, plan, found)
    edited = await edit(plan.title, sections, plan, found.model)
    edited = _allowed(await _closed(plan, edited, found.model, request.brief.call_to_action), request)
    presentation = await _presented(plan, edited, found.model)
    result = await finish(found.context.post_id, plan, edited, found.model, found.alone, presentation)
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
    """Return the request without the bytes of its files, which no step but the one that reads them needs."""
    return request.model_copy(update={"brief": request.brief.model_copy(update={"files": []})})


def _allowed(edited: Edited, request: PostRequest) -> Edited:
    """Return the post without what the brief forbids, whoever wrote it."""
    phrases = request.brief.not_say
    lead = lead_without(edited.lead, phrases)
    update = {"sections": without_forbidden(edited.sections, phrases), "lead": lead}
    return edited.model_copy(update={**update, "lead_by": edited.lead_by if lead else ""})


async def _approved(plan: Plan, minutes: int) -> Plan:
    """Return the plan as a person approved it. A section that they left, or only renamed, keeps its claims."""
    lines = [Line(section.heading, section.covers, place) for place, section in enumerate(plan.sections)]
    title, kept = await asking.approved(plan.title, lines, minutes)
    words = plan.sections[0].words
    sections = [
        (plan.sections[line.was] if line.was >= 0 else Assignment(heading="", covers="", words=words)).model_copy(
            update={"heading": line.heading, "covers": line.covers}
        )
        for line in kept
    ]
    return plan.model_copy(update={"title": title, "sections": sections})


async def _written(request: PostRequest, plan: Plan, found: Found) -> list[Section]:
    """Write the sections in their order; each knows what those before it say."""
    headings = [section.heading for section in plan.sections]
    evidence = {item.passage_id: item for part in plan.sections for item in part.evidence}
    brief = request.brief.told(found.voice)
    sections: list[Section] = []
    progress(0, len(headings), "sections")
    for n, assignment in enumerate(plan.sections, start=1):
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
        )
        sections.append(await write_section(task))
        progress(n, len(headings), "sections")
    return sections


async def _closed(plan: Plan, edited: Edited, model: str, wanted: str) -> Edited:
    """Return the post with a closing; one that no model could write ends as it is."""
    if not edited.sections[-1].by_model:
        return edited
    last = await close(plan.title, edited.sections, edited.lead, _all_evidence(plan), model, wanted)
    return edited.model_copy(update={"sections": [*edited.sections[:-1], last]})


async def _presented(plan: Plan, edited: Edited, model: str) -> Presentation:
    """Find what the post is presented with: other titles, a description."""
    if not any(section.by_model for section in edited.sections):
        return Presentation()
    return await present(plan.title, edited.sections, _all_evidence(plan), model)


async def _linked(result: PostResult, found: Found) -> PostResult:
    """Return the post with those of its links that lead nowhere. What this run has read is not asked for again."""
    dead = await checked_links(result.post_id, [item.page_url for item in found.alone])
    return result.model_copy(update={"dead_links": dead})


def _all_evidence(plan: Plan) -> list[Evidence]:
    return _unique(item for part in plan.sections for item in part.evidence)
