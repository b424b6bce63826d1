"""Which run of a chapter's units a digest takes: sentences that belong together and need nothing before them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.digest.chapter import Chapter
from agents.digest.headings import is_under_its_title
from agents.digest.standing import (
    has_footnote,
    is_sound,
    is_whole,
    points_elsewhere,
    points_on,
    speaks_of_its_page,
    stands_alone,
)
from agents.digest.units import CELLS, Unit, units_of
from agents.post.article import Block, Sentence, row_of, sentences_of, word_count
from agents.text.words import normal
from language.sentences import joined
from language.words import count_words

WORDS_MOST = 150
_SAYS_SOMETHING = 8
ITEMS_MOST, ITEM_WORDS_MOST, CODE_LINES_MOST = 8, 45, 14
ROWS_LEAST, ROWS_MOST, CELLS_MOST, CELL_WORDS_MOST = 3, 13, 6, 14


@dataclass(frozen=True, slots=True)
class Taken:
    """Neighbouring blocks of one chapter. `at` counts the chapter's units from 0."""

    at: int
    blocks: tuple[Block, ...]

    @property
    def words(self) -> int:
        return word_count(list(self.blocks))

    @property
    def prose_words(self) -> int:
        """Return the words outside code."""
        return word_count([block for block in self.blocks if block.kind != "code"])

    @property
    def text(self) -> str:
        return joined(sentence.text for sentence in sentences_of(list(self.blocks)))


def runs_of(chapter: Chapter, said: set[str]) -> list[Taken]:
    """Return every run of the chapter that can stand by itself, none with a sentence `said` before."""
    units = units_of(chapter.text)
    return [Taken(at, tuple(blocks)) for at in range(len(units)) for blocks in _from(chapter, units[at:], said)]


def _from(chapter: Chapter, units: Sequence[Unit], said: set[str]) -> Iterator[list[Block]]:
    """Yield the run from the first unit on, shortest first: it goes on while each unit is whole and new."""
    blocks: list[Block] = []
    for unit in units:
        taken, whole = _unit(chapter, unit, said, first=not blocks)
        if not taken or sum(word_count([block]) for block in (*blocks, *taken)) > WORDS_MOST:
            return
        blocks = [*blocks, *taken]
        yield list(blocks)
        if not whole:
            return


def _unit(chapter: Chapter, unit: Unit, said: set[str], *, first: bool) -> tuple[list[Block], bool]:
    """Return what can be taken of a unit from its start, and whether that is all of it."""
    if unit.rows and not unit.sentences:
        return (table := _table(chapter, unit)), bool(table)
    sentences: list[Sentence] = []
    last = len(unit.sentences) - 1
    for place, text in enumerate(unit.sentences):
        if points_on(text) and place == last:
            return _announced(chapter, unit, sentences, first=first and not sentences)
        source = chapter.passage_with(text)
        opens = first and not sentences
        stands = not opens or stands_alone(text) or (is_under_its_title(chapter) and speaks_of_its_page(text))
        if source is None or not is_sound(text) or not stands or normal(text) in said:
            return _prose(sentences), False
        sentences.append(Sentence(text=text, passages=[source], ruling=""))
    return _prose(sentences), not unit.holds


def _announced(chapter: Chapter, unit: Unit, before: list[Sentence], *, first: bool) -> tuple[list[Block], bool]:
    """Return a unit with its list, table or code, if that can be shown whole; else what stands before that."""
    lead_in = unit.sentences[-1]
    source = chapter.passage_with(lead_in)
    following = next(filter(None, (take(chapter, unit) for take in (_items, _table, _code))), [])
    if (
        source is None
        or not following
        or has_footnote(lead_in)
        or (first and not stands_alone(lead_in))
        or not lead_in[0].isupper()
    ):
        return _prose(before), False
    return [*_prose([*before, Sentence(text=lead_in, passages=[source])]), *following], True


def _items(chapter: Chapter, unit: Unit) -> list[Block]:
    found: list[Block] = []
    if len(unit.items) < 2 or len(unit.items) > ITEMS_MOST or _is_nested(unit.items):
        return []
    for item in unit.items:
        source = chapter.passage_with(item)
        if source is None or count_words(item) > ITEM_WORDS_MOST or points_elsewhere(item) or points_on(item):
            return []
        found.append(Block(kind="item", sentences=[Sentence(text=item, passages=[source])]))
    return found


def _table(chapter: Chapter, unit: Unit) -> list[Block]:
    """Return a table whole, its first row as its head, if it has the same cells in each row and all can be shown."""
    rows = [[cell.strip() for cell in CELLS.split(row)] for row in unit.rows]
    sources = [chapter.passage_with(row) for row in unit.rows]
    if not ROWS_LEAST <= len(rows) <= ROWS_MOST or len(rows[0]) > CELLS_MOST or None in sources:
        return []
    if any(len(row) != len(rows[0]) for row in rows) or not any(map(str.strip, rows[0])):
        return []
    cells = [cell for row in rows for cell in row]
    if any(count_words(cell) > CELL_WORDS_MOST or points_elsewhere(cell) for cell in cells):
        return []
    head, *said = [Sentence(text=row_of(row), passages=[n]) for row, n in zip(rows, sources, strict=True) if n]
    return [Block(kind="table", sentences=[head.model_copy(update={"passages": []}), *said])]


def _is_nested(items: Sequence[str]) -> bool:
    """Return whether items that say something stand among items of one word: a list in a list, its levels lost."""
    lengths = [count_words(item) for item in items]
    return any(" " not in item for item in items) and max(lengths) >= _SAYS_SOMETHING


def _code(chapter: Chapter, unit: Unit) -> list[Block]:
    lines = [line for line in unit.code.splitlines() if line.strip()]
    if not lines or len(lines) > CODE_LINES_MOST:
        return []
    sources = {chapter.passage_with(line) for line in lines}
    source = next(iter(sources - {None}), None)
    if source is None or None in sources:
        return []
    return [Block(kind="code", sentences=[Sentence(text=unit.code.strip("\n"), passages=[source])])]


def _prose(sentences: list[Sentence]) -> list[Block]:
    while sentences and sentences[-1].text.endswith(("?", "？")):
        # A question whose answer is not taken.
        sentences = sentences[:-1]
    return (
        [Block(sentences=sentences)]
        if sentences and all(is_whole(one.text) or points_on(one.text) for one in sentences)
        else []
    )
