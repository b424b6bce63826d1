"""One page: read, or failed; then described by the model or in its own words."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

from genisys import Cache, StepFailed, UserError, component, publish
from ingestion import repository
from ingestion.describing import grounding
from ingestion.describing.model import answer, understands
from ingestion.describing.prompts import Question
from ingestion.models import Page, path_of
from ingestion.requests import PageFound, PageNote
from ingestion.steps.display import page_row as _row
from ingestion.steps.display import show_page as _tell
from ingestion.steps.fetching import fetch_and_keep
from ingestion.steps.limits import LONGEST_STEP_S, POLITE
from ingestion.understanding.checked import checked, joined
from ingestion.understanding.merging import key_of
from ingestion.understanding.own_words import facts_in_own_words
from ingestion.understanding.parts import MOST_PARTS, page_parts
from ingestion.understanding.question import about_page, briefly_about_page
from ingestion.understanding.understood import Understood
from runs.providers import is_built_in, model_name

Outcome = Page.Outcome
KEPT_ANSWERS = timedelta(days=90)


@component(title=lambda site_id, url: f"Read {path_of(url)}", retry=POLITE, timeout=LONGEST_STEP_S)
async def read_page(site_id: str, url: str) -> PageFound:
    """Read one page and keep its text and passages."""
    publish("page", _row(url, "reading"), key=url)
    found = await fetch_and_keep(site_id, url)
    _tell(url, found)
    return found


@component(title=lambda site_id, url, note: f"Note why {path_of(url)} failed")
async def mark_failed(site_id: str, url: str, note: str) -> PageFound:
    """Write down that a page could not be read, and why."""
    kept = await repository.keep_page(site_id, url, Outcome.FAILED, note)
    publish("page", _row(url, "failed", note=note), key=url)
    return PageFound(page_id=kept.page_id, url=url, outcome=kept.outcome, note=kept.note)


class NotUnderstood(UserError):
    """The model gave no JSON, twice."""


def _question(title: str, part: str, model: str) -> Question:
    return briefly_about_page(title, part) if is_built_in(model) else about_page(title, part)


def _content(title: str, part: str, model: str) -> list[str]:
    question = _question(title, part, model)
    return [model, question.text, json.dumps(question.schema)]


@component(title="Ask what it says", timeout=LONGEST_STEP_S, cache=Cache(KEPT_ANSWERS, key=_content))
async def ask_about(title: str, part: str, model: str) -> Understood:
    """Ask the model about a part of a page, and return what the page bears out. The same part is not paid for again."""
    question = _question(title, part, model)
    for temperature in (0.0, 0.7):
        if said := await answer(question, temperature=temperature):
            return checked(said, question, title, part, model)
    raise NotUnderstood("The model's answer was no JSON.")


@component(title=lambda page_id, url: f"Understand {path_of(url)}", timeout=LONGEST_STEP_S)
async def describe_page(page_id: int, url: str) -> PageNote:
    """Have the model say what a page says; keep of it what the page bears out, else the page's own words."""
    page, model = await repository.page_text(page_id), model_name()
    if not understands(model, page.text):
        return await _keep(page, Understood(), model)
    try:
        parts = [await ask_about(page.title, part, model) for part in page_parts(page.text, most=_most_parts(model))]
    except StepFailed as error:
        kept = await _keep(page, Understood(), model)
        if error.kind == NotUnderstood.__name__:
            return kept
        # The page is read all the same; the step fails, so that a retry of the run asks the model again.
        raise
    return await _keep(page, joined(parts), model)


def _most_parts(model: str) -> int:
    return 1 if is_built_in(model) else MOST_PARTS


def _filled(page: repository.PageText, understood: Understood) -> Understood:
    """Return what was understood, with what is missing of it in the page's own words."""
    return understood.model_copy(
        update={
            "summary": understood.summary or grounding.extractive_summary(page.description, page.text, page.title),
            "topics": understood.topics or grounding.frequent_words([page.title, page.text], most=3),
            "facts": understood.facts or facts_in_own_words(page.text),
        }
    )


async def _keep(page: repository.PageText, understood: Understood, model: str) -> PageNote:
    """Keep what was understood; what is missing of it in the page's own words."""
    by = model if understood.summary else grounding.EXTRACT
    # In a thread: all sentences of a long page would hold up the worker's other runs.
    understood = await asyncio.to_thread(_filled, page, understood)
    await repository.keep_understood(page.page_id, understood, by)
    people = sum(entity.kind == "person" for entity in understood.entities)
    row = _row(
        page.url,
        "read",
        title=page.title,
        words=page.words,
        note="in its own words" if by == grounding.EXTRACT else "",
        addresses_model=page.addresses_model,
        facts=len(understood.facts),
        people=people,
    )
    publish("page", row, key=page.url)
    said = list(dict.fromkeys(key_of(fact.statement) for fact in understood.facts))
    return PageNote(
        page_id=page.page_id, summary_by=by, topics=understood.topics, facts=len(understood.facts), said=said
    )
