"""What one language's lexicon holds, and how its written-out lists are read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

Member = tuple[int, int]
"""A group of words that exclude each other, and which of its members a word is."""


@dataclass(frozen=True)
class Lexicon:
    """One language.

    `marks` maps a kind and a value (`"modal:must"`) to phrases, parted by `|`. `contrasts` has one group a line, whose
    members are parted by `/` and the words of a member by spaces. `joins` are words at which a new clause begins.
    `spaced` is False where no spaces stand between words: phrases are then looked for as they stand.
    """

    language: str
    function_words: str
    marks: dict[str, str]
    contrasts: str
    joins: str = ""
    irregular: str = ""
    relations: str = ""
    spaced: bool = True

    @cached_property
    def stop_words(self) -> frozenset[str]:
        return frozenset(self.function_words.split())

    @cached_property
    def joining(self) -> frozenset[str]:
        return frozenset(self.joins.split())

    @cached_property
    def relation_words(self) -> frozenset[str]:
        """Return the verbs that say who does what to whom, as written in the list."""
        return frozenset(self.relations.split())

    @cached_property
    def base_forms(self) -> dict[str, str]:
        """Return the irregular forms, each with the word that it is a form of (`sold` → `sell`)."""
        forms: dict[str, str] = {}
        for entry in self.irregular.split():
            base, _, others = entry.partition(":")
            forms.update(dict.fromkeys(others.split(","), base))
        return forms

    @cached_property
    def phrases(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        """Return the phrases of the marks by their first word, longest first, each with its kind and value."""
        found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for mark, listed in self.marks.items():
            for phrase in filter(None, (part.strip() for part in listed.replace("\n", " ").split("|"))):
                parts = tuple(phrase.split()) if self.spaced else (phrase,)
                found.setdefault(parts[0], []).append((parts, mark))
        for entries in found.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        return found

    @cached_property
    def groups(self) -> list[list[list[str]]]:
        """Return the groups of words that exclude each other."""
        lines = [line.strip() for line in self.contrasts.strip().splitlines()]
        return [[member.split() for member in line.split("/")] for line in lines if line]
