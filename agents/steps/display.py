"""What the run page is shown of a post under way: its sections and its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from agents.post.citations import Citation
from genisys import publish, publish_object

State = Literal["to come", "writing", "checking", "done", "extract", "left out"]


def show_section(
    n: int,
    heading: str,
    state: State,
    *,
    words: int = 0,
    model: str = "",
    dropped: int = 0,
    changed: int = 0,
    why: str = "",
    block: str = "",
) -> None:
    """Show how far a section is.

    `dropped` counts the sentences that the check took out, `changed` those that it had rewritten; `why` says for an
    extract what kept the model's text from standing. `block` names its text where that is not `section-{n}`.
    """
    data = {"n": n, "heading": heading, "state": state, "words": words, "model": model, "dropped": dropped}
    data |= {"changed": changed, "why": why, "block": block}
    publish("section", data, key=str(n))


def show_count(sections: int) -> None:
    """Show how many sections there are, after a change that may have taken some away."""
    publish("sections", {"n": sections}, key="all")


def show_source(citation: Citation, *, quote: str = "", date: str = "") -> None:
    """Show a source. Number 0 means that it was found, but is not cited so far; then `quote` says what was noted."""
    data = citation.model_dump(include={"n", "url", "title", "passage_id"})
    publish("source", {**data, "quote": quote, "date": date}, key=citation.url)


def show_outline(title: str, thesis: str, sections: Sequence[Mapping[str, Any]], *, settled: bool) -> None:
    """Show the outline: as far as a model has come with it, or `settled`, with what bears each claim.

    A section has `heading`, `covers` and `claims`; a claim its `text` and the number of its `sources`.
    """
    publish_object("outline", {"title": title, "thesis": thesis, "sections": list(sections), "settled": settled})
