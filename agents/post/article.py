"""What a post is made of while it is written: sentences that know their passages, blocks, sections.

Owns the shapes alone. Which sentences may stand is decided in `agents.grounding`, their numbers in `citations`.
"""

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, Field

from language.sentences import joined
from language.words import count_words

EXTRACT = "extract"
"""In the place of a model's name: the words were taken from the sources as they stand."""

DIGEST = "digest"
"""In the place of a model's name: a digest's section, made of the site's own sentences, as all of that post is."""

BlockKind = Literal["prose", "item", "quote", "code", "table"]
_CELLS_END = re.compile(r"(?<!\\)\|")


class Sentence(BaseModel):
    """One sentence and the ids of the passages that bear it, best first; none for one that claims nothing.

    `ruling` says how it was found to stand to them, and by whom: `supported (model)`.
    """

    text: str
    passages: list[int] = Field(default_factory=list)
    ruling: str = ""


class Change(BaseModel):
    """What was done to a sentence of the draft, for the reader: cut where `after` is empty, and why."""

    before: str
    after: str = ""
    why: str
    judge: str = ""


class Block(BaseModel):
    """A paragraph, a list item, a quotation, a piece of code, or a table: its head and its rows are sentences."""

    kind: BlockKind = "prose"
    sentences: list[Sentence]


class Section(BaseModel):
    """A finished section. `written_by` is the model's name, `EXTRACT` or `DIGEST`; `block` is its text on the page."""

    n: int
    heading: str
    blocks: list[Block]
    written_by: str
    models: list[str] = Field(default_factory=list)
    tries: int = 1
    sentences_dropped: int = 0
    edited: bool = False
    problems: list[str] = Field(default_factory=list)
    changes: list[Change] = Field(default_factory=list)
    block: str = ""

    @property
    def is_extract(self) -> bool:
        return self.written_by == EXTRACT

    @property
    def by_model(self) -> bool:
        """Return whether a model wrote the words."""
        return self.written_by not in (EXTRACT, DIGEST)


def sentences_of(blocks: list[Block]) -> list[Sentence]:
    return [sentence for block in blocks for sentence in block.sentences]


def word_count(blocks: list[Block]) -> int:
    return sum(count_words(sentence.text) for sentence in sentences_of(blocks))


def plain_text(blocks: list[Block]) -> str:
    """Return the words of the blocks, a blank line between two, without citations: what a model is shown."""
    return "\n\n".join(_plain(block) for block in blocks)


def _plain(block: Block) -> str:
    if block.kind == "table":
        lines = [f"| {sentence.text} |" for sentence in block.sentences]
        return "\n".join([lines[0], rule_under(block.sentences[0].text), *lines[1:]])
    return ("- " if block.kind == "item" else "") + joined(sentence.text for sentence in block.sentences)


def row_of(cells: Iterable[str]) -> str:
    """Return the cells of a table's row as one text."""
    return " | ".join(cell.replace("|", "\\|") for cell in cells)


def cells_of(row: str) -> list[str]:
    """Return the cells of a row that `row_of` made."""
    return [cell.strip().replace("\\|", "|") for cell in _CELLS_END.split(row)]


def rule_under(head: str) -> str:
    """Return the line that Markdown wants under a table's head."""
    return f"|{' --- |' * len(cells_of(head))}"


def said_in(sections: Iterable[Section]) -> list[str]:
    """Return the text of every sentence of these sections."""
    return [sentence.text for section in sections for sentence in sentences_of(section.blocks)]
