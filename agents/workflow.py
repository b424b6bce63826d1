"""The workflow `write-post`: research, outline, sections one by one, an edit pass, the assembled post.

Every model call is a step of its own, so that an error late costs nothing that was done before. Whatever a
model writes must pass `agents.grounding`; what does not is replaced by an extract of the sources, so that a weak
model makes a plainer post, never an untrue or an unfinished one.

The steps are in `agents.steps`. This file holds their order, and the last one, which puts the post together.
"""

from __future__ import annotations

from agents import grounding, library
from agents.brief.questions import (
    ANSWER_WITHIN_S,
    Clarified,
    NewTopic,
    clarified,
    has_open_questions,
    says_nothing,
)
from agents.post.article import Section, plain_text
from agents.post.article import said_in as _said
from agents.post.assemble import article_markdown
from agents.post.citations import faults, number
from agents.requests import PostRequest, PostResult
from agents.research.given import read_address, read_file
from agents.sources.evidence import GIVEN, Evidence
from agents.steps.digest import digest, is_digest
from agents.steps.display import show_source as _tell_source
from agents.steps.edit import edit
from agents.steps.handoff import Edited, Plan, SectionTask
from agents.steps.outline import outline
from agents.steps.research import research
from agents.steps.section import write_section
from genisys import GenisysError, UserError, component, progress, request_input, status, text, workflow


@component(title="Put the post together")
async def finish(post_id: str, plan: Plan, edited: Edited, model: str) -> PostResult:
    """Number the sources, assemble the Markdown, hold it against the last checks, and save it."""
    status("Putting the post together")
    evidence = {item.passage_id: item for part in plan.sections for item in part.evidence}
    sections = [section for section in edited.sections if section.blocks]
    citations = number([edited.lead, *(section.blocks for section in sections)], evidence)
    markdown = article_markdown(plan.title, edited.lead, sections, citations)
    texts = [plain_text(section.blocks) for section in sections]
    wrong = grounding.check_post(plan.title, [section.heading for section in sections], texts)
    if wrong or (wrong := faults(markdown, citations)):
        raise GenisysError(f"The post did not pass the last check: {' '.join(wrong)}", permanent=True)
    result = PostResult(
        post_id=post_id,
        title=plan.title,
        markdown=markdown,
        citations=citations,
        models=[model] if edited.lead_by or any(section.by_model for section in sections) else [],
        extracts=sum(section.is_extract for section in sections),
    )
    await library.save(result, sections, edited.lead_by, list(evidence.values()))
    for citation in citations:
        _tell_source(citation)
    async with text("article", title=plan.title) as article:
        article.replace(markdown)
    return result


@workflow(name="write-post", title=lambda request: request.topic)
async def write_post(request: PostRequest) -> PostResult:
    """Write a post about a topic from the pages that were read, with a citation for every sentence."""
    request = await _asked_back(request)
    given = await _given(request)
    # The files are read: the steps that follow do not carry their bytes along.
    request = request.model_copy(update={"brief": request.brief.model_copy(update={"files": []})})
    found = await research(request, given)
    if is_digest(found.model):
        made = await digest(request.topic, request.sections, found)
        return await finish(found.context.post_id, made.plan, Edited(sections=made.sections, lead=[]), found.model)
    plan = await outline(request, found)
    headings = [section.heading for section in plan.sections]
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
            cited=number(
                (section.blocks for section in sections),
                {item.passage_id: item for part in plan.sections for item in part.evidence},
            ),
            model=found.model,
            conflicts=plan.conflicts,
            brief="\n".join(filter(None, (request.brief.told(found.voice), assignment.told()))),
        )
        sections.append(await write_section(task))
        progress(n, len(headings), "sections")
    edited = await edit(plan.title, sections, plan, found.model)
    result = await finish(found.context.post_id, plan, edited, found.model)
    status("The post is ready")
    return result


async def _given(request: PostRequest) -> list[Evidence]:
    """Read the addresses and files of the brief; what cannot be read is told, and the post is written without it."""
    brief = request.brief
    read = [await read_address(url, n, GIVEN) for n, url in enumerate(brief.sources, start=1)]
    read += [await read_file(file, n) for n, file in enumerate(brief.files, start=len(brief.sources) + 1)]
    for source in read:
        if source.fault:
            status(source.fault)
    return [passage for source in read for passage in source.passages]


async def _asked_back(request: PostRequest) -> PostRequest:
    """Ask for another topic where this one says nothing, and the open questions of the brief where that is wished.

    Raises UserError where nobody gives a topic that says something.
    """
    if says_nothing(request.topic):
        question = f"“{request.topic}” has no word that could be looked up. What should the post be about?"
        told = await request_input(NewTopic, question, name="topic", deadline=ANSWER_WITHIN_S, default=NewTopic())
        if len(told.topic.strip()) < 3 or says_nothing(told.topic):
            raise UserError(f"“{request.topic}” has no word that could be looked up. Start again with another topic.")
        request = request.model_copy(update={"topic": told.topic.strip()})
    if has_open_questions(request.brief):
        question = "A few questions before the post is begun. Leave out what you like."
        answer = await request_input(Clarified, question, name="brief", deadline=ANSWER_WITHIN_S, default=Clarified())
        request = request.model_copy(update={"brief": clarified(request.brief, answer)})
    return request
