"""What a brief forbids is in no post: a sentence that says it is taken out, and told among the section's changes. Pure.

The prompts forbid it too; this is what holds where a model does not heed them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.grounding.form import points_back
from agents.post.article import Block, Change, Section, Sentence
from language.scripts import has_unspaced
from language.sentences import one_line

_WORD = re.compile(r"[^\W_]+")


def says(text: str, phrases: Sequence[str]) -> str:
    """Return the first of the phrases that a text says, whatever its case; empty where it says none.

    Words are compared whole: “cheap” is not in “cheaply”. A phrase without words, or in a script that has no spaces, is
    looked for as it stands.
    """
    heard = f" {_spoken(text)} "
    return next((phrase for phrase in phrases if _is_in(phrase, text, heard)), "")


def without_forbidden(sections: Sequence[Section], phrases: Sequence[str]) -> list[Section]:
    """Return the sections without what the phrases forbid; a sentence that points at one that is gone goes with it."""
    return [_section(section, phrases) for section in sections] if phrases else list(sections)


def lead_without(blocks: Sequence[Block], phrases: Sequence[str]) -> list[Block]:
    """Return the opening without what the phrases forbid."""
    return _blocks(blocks, phrases)[0] if phrases else list(blocks)


def _section(section: Section, phrases: Sequence[str]) -> Section:
    blocks, changes = _blocks(section.blocks, phrases)
    if not changes:
        return section
    return section.model_copy(
        update={
            "blocks": blocks,
            "changes": [*section.changes, *changes],
            "sentences_dropped": section.sentences_dropped + len(changes),
        }
    )


def _blocks(blocks: Sequence[Block], phrases: Sequence[str]) -> tuple[list[Block], list[Change]]:
    kept: list[Block] = []
    changes: list[Change] = []
    for block in blocks:
        own: list[Sentence] = []
        gap = False
        for sentence in block.sentences:
            phrase = says(sentence.text, phrases)
            points_at_nothing = gap and points_back(sentence.text)
            gap = bool(phrase) or points_at_nothing
            if gap:
                why = f"The brief forbids “{phrase}”." if phrase else "It points at a sentence that was removed."
                changes.append(Change(before=sentence.text, why=why, judge="rules"))
            else:
                own.append(sentence)
        if own:
            kept.append(block.model_copy(update={"sentences": own}))
    return kept, changes


def _spoken(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _is_in(phrase: str, text: str, heard: str) -> bool:
    spoken, bare = _spoken(phrase), one_line(phrase).casefold()
    if spoken and not has_unspaced(phrase):
        return f" {spoken} " in heard
    return bool(bare) and bare in one_line(text).casefold()
