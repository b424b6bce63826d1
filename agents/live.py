"""What the run page shows of a post under way, made from the run's fold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.safestring import SafeString

from agents.access import own_posts
from agents.outlining.changing import why_not
from agents.post.article import DIGEST, EXTRACT
from agents.rendering import article_html, section_html
from agents.sources.evidence import file_of
from genisys.host import TERMINAL
from runs.models import Run, RunStatus
from runs.presentation.growing import Growing, grown

_WORDS = {
    "to come": ("·", "to come"),
    "writing": ("▸", "being written"),
    "checking": ("▸", "being held against its sources"),
    "done": ("✓", "written"),
    "extract": ("✓", "taken from the sources"),
    "left out": ("–", "left out"),
}


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section: to come, open (its text streams), or final (its HTML stands)."""

    n: int
    heading: str
    state: str
    mark: str
    word: str
    block: str
    growing: Growing | None
    html: SafeString
    is_open: bool
    by: str
    rev: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """A page that the post draws on. Number 0: found, not cited so far; `quote` is what was noted from it."""

    n: int
    url: str
    title: str
    where: str
    quote: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class OutlineView:
    """The outline before a section is begun. `sections` have heading, covers and claims with the number of sources."""

    title: str
    thesis: str
    sections: list[dict[str, Any]]
    settled: bool
    rev: str


def context(run: Run, state: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of the article column. Once the article is there, it takes the place of its sections.

    Where the run's history was removed, the article comes from the post's row.
    """
    article = state["blocks"].get("article") or _kept(run, state)
    final: dict[str, Any] | None = article if article and article["state"] == "final" else None
    sources = _sources(state)
    return {
        "article_html": article_html(final["txt"]) if final else "",
        "article_rev": f"{final['rev']}" if final else "",
        "article_title": final["title"] if final else "",
        "post_sections": _sections(state),
        "post_outline": _outline(state),
        "post_sources": [source for source in sources if source.n] if final else sources,
        "post_id": _post_id(run, state),
        "post_changing": "" if final else _changing(run, state),
    }


def _changing(run: Run, state: dict[str, Any]) -> str:
    """Return the id of the post that is being written section by section, whose outline can still be changed."""
    if run.workflow != "write-post" or why_not(run, state):
        return ""
    return str(own_posts(run.owner_id).filter(run_id=run.pk).values_list("pk", flat=True).first() or "")


def _kept(run: Run, state: dict[str, Any]) -> dict[str, Any] | None:
    if run.status != RunStatus.COMPLETED or state["blocks"]:
        return None
    post = own_posts(run.owner_id).filter(run_id=run.pk).exclude(markdown="").first()
    return {"txt": post.markdown, "title": post.title, "state": "final", "rev": 0} if post is not None else None


def where(url: str) -> str:
    """Return host and path of an address, for people; of a file that was given, its name."""
    if file := file_of(url):
        return f"file {file}"
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")


def section_credit(written_by: str) -> str:
    """Return in words who wrote a section of a post."""
    if written_by == DIGEST:
        return "the site’s own sentences"
    return "taken word for word from the sources" if written_by == EXTRACT else f"written by {written_by}"


def _outline(state: dict[str, Any]) -> OutlineView | None:
    """Return the outline while no section stands in its place."""
    shown = state["objects"].get("outline")
    if not isinstance(shown, dict) or not shown.get("sections") or state["items"].get("section"):
        return None
    rev = hashlib.blake2b(repr(shown).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return OutlineView(
        title=shown.get("title", ""),
        thesis=shown.get("thesis", ""),
        sections=shown["sections"],
        settled=shown.get("settled", False),
        rev=rev,
    )


def _sections(state: dict[str, Any]) -> list[SectionView]:
    section = state["items"].get("section", {})
    count = state["items"].get("sections", {}).get("all", {}).get("n", len(section))
    finished = state["run_status"] in TERMINAL
    return [_section(section[key], state["blocks"], finished) for key in sorted(section, key=int) if int(key) <= count]


def _section(section: dict[str, Any], blocks: dict[str, Any], finished: bool) -> SectionView:
    mark, word = _WORDS[section["state"]]
    name = section.get("block") or f"section-{section['n']}"
    block = blocks.get(name)
    final = block is not None and (finished or block["state"] == "final")
    is_open = block is not None and not final
    ended = section["state"] in ("done", "extract")
    return SectionView(
        n=section["n"],
        heading=section["heading"],
        state=section["state"],
        mark=mark,
        word=word,
        block=name,
        growing=grown(block["txt"], block["rev"], section_html) if is_open and block else None,
        html=section_html(block["txt"]) if block is not None and final else SafeString(""),
        is_open=is_open,
        by=section_credit(section["model"]) if ended else "",
        rev=f"{block['rev']}-{'final' if final else block['state']}-{section['state']}" if block else section["state"],
    )


def _sources(state: dict[str, Any]) -> list[SourceView]:
    found = state["items"].get("source", {}).values()
    views = [
        SourceView(
            item["n"], item["url"], item["title"], where(item["url"]), item.get("quote", ""), item.get("date", "")
        )
        for item in found
    ]
    return sorted(views, key=lambda source: (source.n == 0, source.n))


def _post_id(run: Run, state: dict[str, Any]) -> str:
    output = state.get("output") or run.output
    return str(output["post_id"]) if isinstance(output, dict) and "post_id" in output else ""
