"""Titles of a post and the short texts that tell of it, held against its text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.text import slugify
from pydantic import BaseModel, Field

from agents.editing.marked_text import sentences_in
from agents.grounding import is_foreign, is_leak, unfounded_words
from agents.post.assemble import body_of
from agents.sources.evidence import Evidence
from agents.text.words import content_stems, normal, words
from language.sentences import joined, one_line, shorten

LONGEST_DESCRIPTION = 160
"""Characters of a description that search engines show."""
LONGEST_EXCERPT = 300
"""Characters that a list of posts shows of one; Ghost takes no more."""
LONGEST_SNIPPET = 250
"""Characters of a message on a social network, which at the tightest takes 280, a link among them."""
LONGEST_SLUG = 80
_LONGEST_TITLE = 110
_MOST_TITLES = 4


class Proposal(BaseModel):
    """What a model proposes."""

    titles: list[str] = Field(default_factory=list)
    description: str = ""
    excerpt: str = ""
    snippet: str = ""


class Presentation(BaseModel):
    """Other titles that the post may have, and what tells of it; empty where nothing was found fit.

    `description` is for search engines, `excerpt` for lists of posts, `snippet` for a message on a social network.
    """

    titles: list[str] = Field(default_factory=list)
    description: str = ""
    excerpt: str = ""
    snippet: str = ""


def sound_titles(proposed: Sequence[str], title: str, text: str) -> list[str]:
    """Return the titles that say no more than the post does, each once, without the one that it has."""
    post = [Evidence(passage_id=0, page_url="", page_title=title, text=text)]
    kept: list[str] = []
    for candidate in map(_bare, proposed):
        taken = [normal(other) for other in (title, *kept)]
        if not candidate or len(candidate) > _LONGEST_TITLE or normal(candidate) in taken or is_leak(candidate):
            continue
        shares_a_word = set(content_stems(candidate)) & set(content_stems(f"{title} {text}"))
        if shares_a_word and not unfounded_words(candidate, post) and not is_foreign(candidate, title, post):
            kept.append(candidate)
    return kept[:_MOST_TITLES]


def fits(text: str, longest: int) -> bool:
    """Return whether a short text has a length that is shown whole, and says something."""
    return len(words(text)) >= 5 and len(text) <= longest


def beginning_of(markdown: str, longest: int) -> str:
    """Return the post's own first sentences, as many as `longest` characters hold, the first cut if need be.

    Every word of it has been verified, for it stands in the post.
    """
    found = [one_line(sentence.text).replace("`", "") for sentence in sentences_in(body_of(markdown))]
    if not found:
        return ""
    said = found[0]
    for sentence in found[1:]:
        if len(said) + len(sentence) + 1 > longest:
            break
        said = joined([said, sentence])
    return shorten(said, longest)


def slug_of(title: str) -> str:
    """Return the title as the last part of an address: plain ASCII where it has any, else in its own script."""
    plain = slugify(title) or slugify(title, allow_unicode=True)
    return plain[:LONGEST_SLUG].strip("-")


def _bare(title: str) -> str:
    return one_line(title).strip(" *_#\"“”„'.")
