"""What the run page is shown of a reading under way: a row for each page."""

from __future__ import annotations

from genisys import publish, status
from ingestion.content import injection
from ingestion.models import Page, path_of
from ingestion.requests import PageFound

Outcome = Page.Outcome


def show_page(url: str, found: PageFound) -> None:
    """Show what came of a page, and say so where it addresses the model."""
    if found.outcome == Outcome.OK:
        stage, note = "read", "not yet understood"  # its text is kept, even if nobody describes it
    else:
        stage, note = "failed" if found.outcome == Outcome.FAILED else "skipped", found.note
    row = page_row(url, stage, title=found.title, words=found.words, note=note, addresses_model=found.addresses_model)
    publish("page", row, key=url)
    if found.addresses_model:
        status(f"{path_of(url)}: {injection.WORDS}")


def page_row(
    url: str,
    stage: str,
    *,
    title: str = "",
    note: str = "",
    words: int = 0,
    addresses_model: bool = False,
    facts: int = 0,
    people: int = 0,
) -> dict[str, object]:
    """Return a page's row; a warning, facts and people have a field only where there are some."""
    row: dict[str, object] = {"url": url, "title": title, "stage": stage, "note": note[:300], "words": words}
    more = {"addresses_model": addresses_model, "facts": facts, "people": people}
    return row | {name: value for name, value in more.items() if value}
