"""Research: the steps that find the passages a post can be written from."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from agents.post.citations import Citation
from agents.requests import PostRequest
from agents.research import rows
from agents.research.rows import ResearchContext
from agents.sources.evidence import Evidence
from agents.sources.ranking import WORDS_A_SECTION as _WORDS_A_SECTION
from agents.sources.ranking import fuse, on_topic, substance, topic_queries, usable_questions
from agents.steps.display import show_source as _tell_source
from agents.steps.handoff import Found
from agents.writing import prompts
from agents.writing.model import Model
from agents.writing.prompts import SMALL
from genisys import UserError, component, status
from runs.providers import model_name

LEAST_SENTENCES, LEAST_WORDS = 3, 30
"""Evidence below this is too little for a post."""
_HITS = 12


class Questions(BaseModel):
    questions: list[str]


@component(title="Look over what was read")
async def look_over(request: PostRequest, others: int) -> ResearchContext:
    """Find the passages' sites and the post's row. `others` counts the passages that were given beside."""
    return await rows.research_context(request, others)


@component(title="Look through the facts")
async def search_facts(site_ids: list[str], queries: list[str]) -> list[Evidence]:
    """The passages whose facts answer these queries."""
    return await rows.stated(site_ids, queries, _HITS)


@component(title="Search the pages")
async def search_pages(site_ids: list[str], queries: list[str]) -> list[list[Evidence]]:
    """The best passages for each query."""
    return await rows.look_up(site_ids, queries, _HITS)


@component(title="Read around what was found")
async def read_around(site_ids: list[str], evidence: list[Evidence]) -> list[Evidence]:
    """More passages of the pages found."""
    return await rows.neighbours(evidence, site_ids, _HITS)


@component(title="Research")
async def research(request: PostRequest, given: list[Evidence]) -> Found:
    """Find the passages that the post can be written from: those that were `given` first, then facts, then passages."""
    status(f"Looking for what your pages say about “{request.topic}”")
    context = await look_over(request, len(given))
    if context.being_read:
        names = " and ".join(context.being_read)
        status(f"{names} is still being read; writing from the {context.pages} pages that are there so far")
    exact, *single = topic_queries(request.topic)
    rankings = [given, await search_facts(context.site_ids, [exact])]
    rankings += await search_pages(context.site_ids, [exact, *single[:1]])
    titles = [item.page_title for found in rankings for item in found]
    async with Model(model_name()) as model:
        # A digest is written by no model, and its searches are by the words and the meaning of the topic alone.
        asked = None if model.portion is SMALL else await _ask(model, request, titles)
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
    return Found(context=context, model=model.name, questions=questions, evidence=evidence, voice=context.tone)


async def _ask(model: Model, request: PostRequest, titles: Sequence[str]) -> Questions | None:
    prompt = prompts.questions(request.topic, titles, model.portion, request.brief.told())
    return await model.answer(prompt, prompts.questions_schema(model.portion), Questions)


def _pool(rankings: Sequence[Sequence[Evidence]], context: ResearchContext, model: Model) -> list[Evidence]:
    """Return the evidence in one order, no page with more than its share unless there are few pages."""
    limit = model.portion.pool
    return fuse(rankings, limit=limit, per_page=max(4, -(-limit // max(1, context.pages))))


def _require_enough(evidence: Sequence[Evidence], topic: str, context: ResearchContext) -> None:
    """Raise UserError where there is nothing, or too little, to write from."""
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
