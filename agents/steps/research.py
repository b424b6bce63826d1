"""Research: the steps that find the passages a post can be written from."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from agents.brief.requests import PostRequest
from agents.post.citations import Citation
from agents.research import rows
from agents.research.gathering import read_web
from agents.research.notes import Note, notes
from agents.research.rows import ResearchContext
from agents.sources.evidence import GIVEN, WEB, Evidence, given_source
from agents.sources.ranking import WORDS_A_SECTION as _WORDS_A_SECTION
from agents.sources.ranking import by_fit, fuse, on_topic, substance, topic_queries, usable_questions
from agents.steps.display import show_source as _tell_source
from agents.steps.handoff import Found
from agents.writing import prompts
from agents.writing.model import Model
from agents.writing.prompts import SMALL
from agents.writing.spending import Stage
from genisys import component, status
from runs.providers import model_name

LEAST_SENTENCES, LEAST_WORDS = 3, 30
"""Evidence below this is too little for a post."""
_HITS = 12
_OF_EACH_GIVEN = 4
"""Passages that a given source has in the evidence in any case, the best ones."""
_KEPT_GIVEN = 40
"""Passages of given sources that the sections may look through."""


class Questions(BaseModel):
    questions: list[str]


@component(title="Look over what was read")
async def look_over(request: PostRequest, others: int) -> ResearchContext:
    """Find the passages' sites and the post's row. `others` counts the sources that are given beside."""
    context = await rows.research_context(request, others)
    return context.model_copy(update={"model": model_name()})


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
async def research(request: PostRequest, context: ResearchContext, given: list[Evidence]) -> Found:
    """Find the passages that the post can be written from: those that were `given` first, then facts, then passages."""
    status(f"Looking for what your pages say about “{request.topic}”")
    if context.being_read:
        names = " and ".join(context.being_read)
        status(f"{names} is still being read; writing from the {context.pages:,} pages that are there so far")
    search = _Search(request, context, given)
    await search.by_topic()
    async with Model(context.model) as model:
        if model.portion is not SMALL:
            await search.ask_and_follow_up(model)
        evidence = await search.enough(model)
    found = notes(evidence, [request.topic, *search.questions])
    _tell(evidence, found)
    return Found(
        context=context,
        model=context.model,
        questions=search.questions,
        evidence=evidence,
        given=by_fit(" ".join([request.topic, *search.questions]), search.given)[:_KEPT_GIVEN],
        notes=found,
        voice=context.tone,
        left_out=search.left_out,
        lacking=_lacking(evidence, request.topic, context),
    )


class _Search:
    """What was asked and found so far. `rankings` are the results of each search, what fits best first."""

    def __init__(self, request: PostRequest, context: ResearchContext, given: Sequence[Evidence]) -> None:
        self.topic, self.context, self.brief, self.given = request.topic, context, request.brief, list(given)
        self.rankings: list[list[Evidence]] = []
        self.questions: list[str] = []
        self.left_out: list[str] = []
        self._least = _WORDS_A_SECTION * request.sections
        self._wanted = request.sections
        _, *self._single = topic_queries(request.topic)

    async def by_topic(self) -> None:
        """Look for the topic itself, in what was given, in the facts and in the pages."""
        self.rankings += self._of_given(self.topic)
        self.rankings.append(await search_facts(self.context.site_ids, [self.topic]))
        self.rankings += await search_pages(self.context.site_ids, topic_queries(self.topic)[:2])
        if self.brief.web:
            await self._search_web([self.topic])

    async def ask_and_follow_up(self, model: Model) -> None:
        """Ask the questions of several readers, look them up, then what the notes on that leave open."""
        stage = Stage(self.brief.caps.research)
        titles = [item.page_title for found in self.rankings for item in found]
        prompt = prompts.questions(self.topic, titles, self.brief.told())
        await self._look_up(await self._asked(model, prompt), self.topic)
        if self.brief.web and self.questions:
            await self._search_web(self.questions[:2])
        quotes = [note.quote for note in notes(self._on_topic(model), [self.topic, *self.questions])]
        if quotes and stage.is_used_up:
            said = f"Research ended at its cap of {stage.cap:,} tokens: what the notes leave open was not looked up."
            status(said)
            self.left_out.append(said)
        elif quotes:
            followed = await self._asked(model, prompts.follow_ups(self.topic, quotes))
            await self._look_up(followed, " ".join([self.topic, *quotes]))

    async def enough(self, model: Model) -> list[Evidence]:
        """Return the evidence, after looking further where it is little."""
        evidence, site_ids = self._on_topic(model), self.context.site_ids
        if evidence and len(evidence) < model.portion.passages * self._wanted:
            around = await read_around(site_ids, [item for item in evidence if item.passage_id > 0])
            self.rankings = [evidence, around, *self.rankings]
            evidence = self._on_topic(model, least_words=self._least)
        if substance(evidence)[1] < self._least and len(self._single) > 1:
            self.rankings = [evidence, *self.rankings, *await search_pages(site_ids, self._single[1:])]
            evidence = self._on_topic(model, least_words=self._least)
        return evidence

    async def _asked(self, model: Model, prompt: prompts.Prompt) -> list[str]:
        answer = await model.answer(prompt, prompts.questions_schema(), Questions)
        return answer.questions if answer else []

    async def _look_up(self, proposed: Sequence[str], about: str) -> None:
        fresh = [each for each in usable_questions(proposed, about) if each not in self.questions]
        if fresh:
            self.questions += fresh
            self.rankings += await search_pages(self.context.site_ids, fresh)
            self.rankings += self._of_given(" ".join(fresh))

    async def _search_web(self, queries: Sequence[str]) -> None:
        found = await read_web(queries, self.given)
        self.given += found
        if found:
            self.rankings.append(by_fit(" ".join([self.topic, *queries]), found))

    def _of_given(self, subject: str, least: int = WEB) -> list[list[Evidence]]:
        """Return what each source of that standing has of a subject: one ranking a source, so none hides another."""
        sources: dict[int, list[Evidence]] = {}
        for item in self.given:
            if item.standing < least:
                continue
            sources.setdefault(given_source(item.passage_id), []).append(item)
        return [by_fit(subject, passages) for passages in sources.values()]

    def _on_topic(self, model: Model, *, least_words: int = 0) -> list[Evidence]:
        """Return the evidence in one order, no page with more than its share unless there are few pages.

        What the person gave is a source of the post even where it hardly names the topic.
        """
        limit = model.portion.pool
        pool = fuse(self.rankings, limit=limit, per_page=max(4, -(-limit // max(1, self.context.pages))))
        kept = on_topic(self.topic, pool, least_words=least_words)
        subject = " ".join([self.topic, *self.questions])
        wanted = [item for found in self._of_given(subject, GIVEN) for item in found[:_OF_EACH_GIVEN]]
        return fuse([kept, wanted], limit=limit + len(wanted), per_page=limit)


def _tell(evidence: Sequence[Evidence], found: Sequence[Note]) -> None:
    """Show the sources, each with the best quote that was noted from it."""
    pages = {item.page_url: item for item in reversed(evidence)}
    best: dict[str, Note] = {}
    for note in sorted(found, key=lambda note: -note.score):
        best.setdefault(note.url, note)
    for url, item in reversed(pages.items()):
        source = Citation(n=0, url=url, title=item.page_title or url, passage_id=item.passage_id)
        noted = best.get(url)
        _tell_source(source, quote=noted.quote if noted else "", date=noted.date if noted else "")
    status(f"Found {len(evidence)} passages on {len(pages)} pages")


def _lacking(evidence: Sequence[Evidence], topic: str, context: ResearchContext) -> str:
    """Return in a sentence what is missing where there is nothing, or too little, to write from; else nothing."""
    names = ", ".join(context.site_names[:3]) + (" and others" if len(context.site_names) > 3 else "")
    if not evidence:
        what = f"None of the {context.pages:,} pages of {names} speaks" if names else "None of the sources speaks"
        return f"{what} of “{topic}”. Choose another topic, or read a site that covers this one."
    found, length = substance(evidence)
    if found < LEAST_SENTENCES or length < LEAST_WORDS:
        return (
            f"{f'The pages of {names} say' if names else 'The sources say'} too little about “{topic}” for a post:"
            f" {found} sentences were found. Choose another topic, or read more pages."
        )
    return ""
