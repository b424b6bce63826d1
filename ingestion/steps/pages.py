"""One page: read, or failed; then described by the model or in its own words."""

from __future__ import annotations

from genisys import StepFailed, component, publish
from ingestion import repository
from ingestion.describing import grounding, prompts
from ingestion.describing.model import answer
from ingestion.models import Page
from ingestion.requests import PageFound, PageNote
from ingestion.steps.display import page_row as _row
from ingestion.steps.display import path_of
from ingestion.steps.display import show_page as _tell
from ingestion.steps.fetching import fetch_and_keep
from ingestion.steps.limits import LONGEST_STEP_S, POLITE
from runs.providers import model_name

Outcome = Page.Outcome


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


@component(title=lambda page_id, url: f"Understand {path_of(url)}", timeout=LONGEST_STEP_S)
async def describe_page(page_id: int, url: str) -> PageNote:
    """Have the model say what a page is about; keep of it what the page bears out, else the page's own words."""
    page = await repository.page_text(page_id)
    source = f"{page.title}\n{page.description}\n{page.text}"
    question, by = prompts.describe_page(page.title, page.text), model_name()
    try:
        said = await answer(question)
        if said is None:
            said = await answer(question, temperature=0.7)
    except StepFailed:
        # The page is read all the same; the step fails, so that a retry of the run asks the model again.
        await _describe_by_extract(page)
        raise
    summary = ""
    if said:
        summary = grounding.grounded_text(said.get("summary"), source, asked=question.instructions, title=page.title)
    if not said or not summary:
        return await _describe_by_extract(page)
    topics = grounding.grounded_topics(said.get("topics"), source, asked=question.instructions)
    await repository.describe(page_id, summary, by, topics)
    publish("page", _row_read(page, url), key=url)
    return PageNote(page_id=page_id, summary_by=by, topics=topics)


async def _describe_by_extract(page: repository.PageText) -> PageNote:
    topics = grounding.frequent_words([page.title, page.text], most=3)
    summary = grounding.extractive_summary(page.description, page.text, page.title)
    await repository.describe(page.page_id, summary, grounding.EXTRACT, topics)
    publish("page", _row_read(page, page.url, note="in its own words"), key=page.url)
    return PageNote(page_id=page.page_id, summary_by=grounding.EXTRACT, topics=topics)


def _row_read(page: repository.PageText, url: str, note: str = "") -> dict[str, object]:
    return _row(url, "read", title=page.title, words=page.words, note=note, addresses_model=page.addresses_model)
