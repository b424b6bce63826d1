"""The workflow `write-post`: research, outline, sections one by one, an edit pass, the assembled post.

Every model call is a step of its own, so that an error late costs nothing that was done before. Whatever a
model writes must pass `grounding`; what does not is replaced by an extract of the sources, so that a weak
model makes a plainer post, never an untrue or an unfinished one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel

from agents import grounding, library, prompts
from agents.article import EXTRACT, Block, Section, plain_text, sentences_of, word_count
from agents.assemble import article_markdown, section_markdown
from agents.citations import Citation, faults, number, numbers_of
from agents.evidence import Evidence
from agents.extractive import WORDS_WANTED, extractive_section
from agents.library import ResearchContext
from agents.model import Model, Written
from agents.outline import PlannedSection, Proposal, settle
from agents.prompts import SMALL, Prompt, portion_for
from agents.requests import PostRequest, PostResult
from agents.research import allot, excerpt, fuse, on_topic, substance, topic_queries, usable_questions
from agents.words import normal
from genisys import (
    GenisysError,
    Retry,
    Text,
    UserError,
    component,
    map_concurrent,
    progress,
    publish,
    status,
    text,
    workflow,
)
from runs.providers import model_name

TRIES = 2
LEAST_SENTENCES, LEAST_WORDS = 3, 30
"""Evidence below this is too little for a post."""
EDIT_KEEPS = 0.7
"""Share of a section's words that an edit must leave."""
_WORDS_A_SECTION = 120
"""Evidence that a section should have, where there is that much."""
_HITS = 12
_EDITS_AT_ONCE = 3

State = Literal["to come", "writing", "checking", "done", "extract"]


class Questions(BaseModel):
    questions: list[str]


class Found(BaseModel):
    """What research gives to the rest of the run. `model` is the one that writes this post throughout."""

    context: ResearchContext
    model: str
    questions: list[str]
    evidence: list[Evidence]


class Assignment(BaseModel):
    """A section to write, with its own evidence."""

    heading: str
    covers: str
    evidence: list[Evidence]


class Plan(BaseModel):
    """`shared`: there are fewer passages than sections, so that some have the same ones."""

    title: str
    sections: list[Assignment]
    shared: bool


class SectionTask(BaseModel):
    """One section's work: what it is about, what stands already, how numbers go on."""

    n: int
    title: str
    headings: list[str]
    covers: str
    evidence: list[Evidence]
    shared: bool
    said: list[str]
    cited: list[Citation]
    model: str

    @property
    def heading(self) -> str:
        return self.headings[self.n - 1]


class EditTask(BaseModel):
    title: str
    section: Section
    evidence: list[Evidence]
    said: list[str]
    model: str


class Edited(BaseModel):
    """The post after the edit pass. `lead_by` names the model that wrote the lead, if there is one."""

    sections: list[Section]
    lead: list[Block]
    lead_by: str = ""


@component(title="Look over what was read")
async def look_over(request: PostRequest) -> ResearchContext:
    """Find the passages' sites and the post's row."""
    return await library.research_context(request)


@component(title="Search the pages")
async def search_pages(site_ids: list[str], queries: list[str]) -> list[list[Evidence]]:
    """The best passages for each query."""
    return await library.look_up(site_ids, queries, _HITS)


@component(title="Read around what was found")
async def read_around(site_ids: list[str], evidence: list[Evidence]) -> list[Evidence]:
    """More passages of the pages found."""
    return await library.neighbours(evidence, site_ids, _HITS)


@component(title="Research")
async def research(request: PostRequest) -> Found:
    """Find the passages that the post can be written from."""
    status(f"Looking for what your pages say about “{request.topic}”")
    context = await look_over(request)
    if context.being_read:
        names = " and ".join(context.being_read)
        status(f"{names} is still being read; writing from the {context.pages} pages that are there so far")
    exact, *single = topic_queries(request.topic)
    rankings = await search_pages(context.site_ids, [exact, *single[:1]])
    titles = [item.page_title for found in rankings for item in found]
    async with Model(model_name()) as model:
        asked = await model.answer(
            prompts.questions(request.topic, titles, model.portion),
            prompts.questions_schema(model.portion),
            Questions,
        )
    questions = usable_questions(asked.questions if asked else [], request.topic)
    if questions:
        rankings += await search_pages(context.site_ids, questions)
    least = _WORDS_A_SECTION * request.sections
    evidence = on_topic(request.topic, _pool(rankings, context, model))
    if evidence and len(evidence) < model.portion.passages * request.sections:
        around = await read_around(context.site_ids, evidence)
        everything = _pool([evidence, around, *rankings], context, model)
        evidence = on_topic(request.topic, everything, least_words=least)
    if substance(evidence)[1] < least and len(single) > 1:
        rankings += await search_pages(context.site_ids, single[1:])
        evidence = on_topic(request.topic, _pool([evidence, *rankings], context, model), least_words=least)
    _require_enough(evidence, request.topic, context)
    pages = {item.page_url: item for item in reversed(evidence)}
    for url, item in reversed(pages.items()):
        _tell_source(Citation(n=0, url=url, title=item.page_title or url, passage_id=item.passage_id))
    status(f"Found {len(evidence)} passages on {len(pages)} pages")
    return Found(context=context, model=model.name, questions=questions, evidence=evidence)


@component(title="Outline")
async def outline(request: PostRequest, found: Found) -> Plan:
    """Settle the title and the headings, and give each section its own evidence."""
    status("Outlining the post")
    async with Model(found.model) as model:
        prompt = prompts.outline(request.topic, request.sections, found.evidence, model.portion)
        proposal = await model.answer(prompt, prompts.outline_schema(model.portion, request.sections), Proposal)
    settled = settle(
        proposal,
        topic=request.topic,
        evidence=found.evidence,
        sections=request.sections,
        asked=prompt.instructions,
    )
    hits = await search_pages(found.context.site_ids, [_subject(planned) for planned in settled.sections])
    everything = fuse([found.evidence, *hits], limit=2 * model.portion.pool, per_page=2 * model.portion.pool)
    pool = on_topic(request.topic, everything, least_words=_WORDS_A_SECTION * request.sections)
    shares = allot([_subject(planned) for planned in settled.sections], pool, model.portion.passages)
    plan = Plan(
        title=settled.title,
        shared=len(pool) < len(settled.sections),
        sections=[
            Assignment(heading=planned.heading, covers=planned.covers, evidence=share)
            for planned, share in zip(settled.sections, shares, strict=True)
        ],
    )
    for n, section in enumerate(plan.sections, start=1):
        _tell_section(n, section.heading, "to come")
    return plan


@component(title=lambda task: task.heading, retry=Retry(attempts=2, base=1.0))
async def write_section(task: SectionTask) -> Section:
    """Write one section before the reader's eyes; what does not hold becomes an extract."""
    status(f"Writing section {task.n} of {len(task.headings)}, “{task.heading}”")
    async with text(f"section-{task.n}", title=task.heading) as draft:
        async with Model(task.model) as model:
            section = await _written(task, model, draft)
        cited = number([section.blocks], {item.passage_id: item for item in task.evidence}, after=task.cited)
        draft.replace(section_markdown(section.blocks, numbers_of(cited), is_extract=section.is_extract))
    for citation in cited:
        _tell_source(citation)
    _tell_section(
        task.n,
        task.heading,
        "extract" if section.is_extract else "done",
        words=word_count(section.blocks),
        model=section.written_by,
        dropped=section.sentences_dropped,
    )
    return section


@component(title=lambda task: f"Edit “{task.section.heading}”")
async def edit_section(task: EditTask) -> Section:
    """Read a section once more; the edit stands only if it passes the same check and loses little."""
    prompt = prompts.edit(task.title, task.section.heading, plain_text(task.section.blocks))
    async with Model(task.model) as model:
        written = await model.write(prompt)
    verdict = _check(written, task.evidence, prompt, heading=task.section.heading, said=task.said)
    enough = word_count(verdict.blocks) >= EDIT_KEEPS * word_count(task.section.blocks)
    if not verdict.passed or not enough or verdict.blocks == task.section.blocks:
        return task.section
    dropped = task.section.sentences_dropped + len(verdict.dropped)
    return task.section.model_copy(update={"blocks": verdict.blocks, "edited": True, "sentences_dropped": dropped})


@component(title="Write the opening")
async def write_lead(title: str, sections: list[Section], evidence: list[Evidence], model: str) -> list[Block]:
    """An opening paragraph made of what the sections say; none where it does not pass the check."""
    said = _said(sections)
    text_so_far = "\n\n".join(plain_text(section.blocks)[:400] for section in sections)
    prompt = prompts.lead(title, [section.heading for section in sections], text_so_far, portion_for(model))
    async with Model(model) as writer:
        written = await writer.write(prompt)
    verdict = _check(written, evidence, prompt, heading=title, said=said, least_words=12, least_sentences=1)
    return verdict.blocks[:1] if verdict.passed and verdict.blocks[0].kind == "prose" else []


@component(title="Edit")
async def edit(title: str, sections: list[Section], plan: Plan, model: str) -> Edited:
    """Read the post once more as a whole. Whatever goes wrong here, what was written before stands."""
    status("Reading the post once more")
    edited = list(sections)
    if portion_for(model).edits:
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
        async for done in map_concurrent(edit_section, tasks, limit=_EDITS_AT_ONCE):
            if done.result is not None:
                edited = [done.result if section.n == done.result.n else section for section in edited]
    evidence = _unique(item for part in plan.sections for item in part.evidence)
    try:
        lead = await write_lead(title, edited, evidence, model)
    except GenisysError:
        lead = []
    return Edited(sections=edited, lead=lead, lead_by=model if lead else "")


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
        models=[model] if edited.lead_by or any(not section.is_extract for section in sections) else [],
        extracts=sum(section.is_extract for section in sections),
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
        )
        sections.append(await write_section(task))
        progress(n, len(headings), "sections")
    edited = await edit(plan.title, sections, plan, found.model)
    result = await finish(found.context.post_id, plan, edited, found.model)
    status("The post is ready")
    return result


async def _written(task: SectionTask, model: Model, draft: Text) -> Section:
    """The section as the model wrote it if one try passes, else as an extract."""
    problems: list[str] = []
    for tried in range(TRIES):
        if tried:
            draft.begin_again()
        _tell_section(task.n, task.heading, "writing", model=model.name)
        requests = _requests(task, model, problems)
        written = await model.stream(requests, draft)
        _tell_section(task.n, task.heading, "checking", model=model.name)
        verdict = _check(written, task.evidence, *requests, heading=task.heading, said=task.said)
        if verdict.passed:
            return Section(
                n=task.n,
                heading=task.heading,
                blocks=verdict.blocks,
                written_by=model.name,
                tries=tried + 1,
                sentences_dropped=len(verdict.dropped),
                problems=problems,
            )
        problems += verdict.problems
    return Section(
        n=task.n,
        heading=task.heading,
        blocks=_extract(task),
        written_by=EXTRACT,
        tries=TRIES,
        problems=problems,
    )


def _requests(task: SectionTask, model: Model, problems: list[str]) -> list[Prompt]:
    """What the model is asked for this section; with problems of an earlier try, in another way."""
    evidence = [excerpt(item, model.portion.chars) for item in task.evidence]
    if model.portion is SMALL:
        if problems:
            return [prompts.paragraph(task.heading, evidence)]
        return [prompts.rewrite(task.heading, item) for item in evidence]
    others = [heading for heading in task.headings if heading != task.heading]
    before = task.said[-1] if task.said else ""
    request = prompts.section(task.title, task.heading, task.covers, others, before, evidence)
    return [prompts.again(request, problems) if problems else request]


def _extract(task: SectionTask) -> list[Block]:
    """An extract that leaves something for the sections after it, and repeats itself only where it must."""
    subject = f"{task.heading} {task.covers} {task.title}"
    wanted = WORDS_WANTED
    if task.shared:
        said = {normal(sentence) for sentence in task.said}
        _, left = substance(task.evidence, without=said)
        wanted = min(wanted, max(8, left // (len(task.headings) - task.n + 1)))
    return extractive_section(
        task.evidence, subject=subject, said=task.said, words_wanted=wanted
    ) or extractive_section(task.evidence, subject=subject, words_wanted=wanted)


def _check(
    written: Written,
    evidence: Sequence[Evidence],
    *requests: Prompt,
    heading: str,
    said: Sequence[str],
    least_words: int = grounding.LEAST_WORDS,
    least_sentences: int = grounding.LEAST_SENTENCES,
) -> grounding.Verdict:
    return grounding.check(
        written.text,
        evidence,
        heading=heading,
        instructions="\n".join(prompt.instructions for prompt in requests),
        said=said,
        cut_off=written.cut_off,
        least_words=least_words,
        least_sentences=least_sentences,
    )


def _pool(rankings: Sequence[Sequence[Evidence]], context: ResearchContext, model: Model) -> list[Evidence]:
    """The evidence in one order, no page with more than its share unless there are few pages."""
    limit = model.portion.pool
    return fuse(rankings, limit=limit, per_page=max(4, -(-limit // max(1, context.pages))))


def _require_enough(evidence: Sequence[Evidence], topic: str, context: ResearchContext) -> None:
    names = ", ".join(context.site_names[:3]) + (" and others" if len(context.site_names) > 3 else "")
    if not evidence:
        raise UserError(
            f"None of the {context.pages} pages of {names} speaks of “{topic}”. Choose another topic, or read"
            " a site that covers this one."
        )
    found, length = substance(evidence)
    if found < LEAST_SENTENCES or length < LEAST_WORDS:
        raise UserError(
            f"The pages of {names} say too little about “{topic}” for a post: {found} sentences were found."
            " Choose another topic, or read more pages."
        )


def _said(sections: Iterable[Section]) -> list[str]:
    return [sentence.text for section in sections for sentence in sentences_of(section.blocks)]


def _unique(evidence: Iterable[Evidence]) -> list[Evidence]:
    return list({item.passage_id: item for item in evidence}.values())


def _subject(planned: PlannedSection) -> str:
    return f"{planned.heading} {planned.covers}".strip()


def _tell_section(n: int, heading: str, state: State, *, words: int = 0, model: str = "", dropped: int = 0) -> None:
    data = {"n": n, "heading": heading, "state": state, "words": words, "model": model, "dropped": dropped}
    publish("section", data, key=str(n))


def _tell_source(citation: Citation) -> None:
    """Show a source. Number 0 says that it was found, but is not cited so far."""
    data = citation.model_dump(include={"n", "url", "title", "passage_id"})
    publish("source", data, key=citation.url)
