"""The workflow `write-post`: research, outline, sections one by one, an edit pass, the assembled post.

Every model call is a step of its own, so that an error late costs nothing that was done before. Whatever a
model writes must pass `agents.grounding`; what does not is replaced by an extract of the sources, so that a weak
model makes a plainer post, never an untrue or an unfinished one.

The steps are in `agents.steps`. This file holds their order, and the last one, which puts the post together.
"""

from __future__ import annotations

from agents import grounding, library
from agents.post.article import Section, plain_text
from agents.post.article import said_in as _said
from agents.post.assemble import article_markdown
from agents.post.citations import faults, number
from agents.presenting.presentation import Presentation
from agents.presenting.steps import close, present
from agents.requests import PostRequest, PostResult
from agents.steps.digest import digest, is_digest
from agents.steps.display import show_source as _tell_source
from agents.steps.edit import edit
from agents.steps.edit import unique as _unique
from agents.steps.handoff import Edited, Plan, SectionTask
from agents.steps.outline import outline
from agents.steps.research import research
from agents.steps.section import write_section
from genisys import GenisysError, component, progress, status, text, workflow


@component(title="Put the post together")
async def finish(
    post_id: str, plan: Plan, edited: Edited, model: str, presentation: Presentation | None = None
) -> PostResult:
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
        presentation=presentation or Presentation(),
    )
    await library.save(result, sections, edited.lead_by)
    for citation in citations:
        _tell_source(citation)
    async with text("article", title=plan.title) as article:
        article.replace(markdown)
    return result


@workflow(name="write-post", title=lambda request: request.topic)
async def write_post(request: PostRequest) -> PostResult:
    """Write a post about a topic from the pages that were read, with a citation for every sentence."""
    found = await research(request)
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
        )
        sections.append(await write_section(task))
        progress(n, len(headings), "sections")
    edited = await edit(plan.title, sections, plan, found.model)
    presentation = await _ended(plan, edited, found.model)
    result = await finish(found.context.post_id, plan, edited, found.model, presentation)
    status("The post is ready")
    return result


async def _ended(plan: Plan, edited: Edited, model: str) -> Presentation:
    """Close the post and find what it is presented with; one that no model could write ends as it is."""
    if not edited.sections[-1].by_model:
        return Presentation()
    evidence = _unique(item for part in plan.sections for item in part.evidence)
    edited.sections[-1] = await close(plan.title, edited.sections, edited.lead, evidence, model, "")
    return await present(plan.title, edited.sections, evidence, model)
