"""The check of one text, sentence by sentence, against its passages and what was said before it.

Owns the bounds for a text as a whole.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from agents.claims import refusal_by_rules
from agents.grounding.form import hands_over, is_leak, is_loop, points_back
from agents.grounding.markdown import parse_cited, without_empty_lead_ins
from agents.grounding.open_questions import answer_is_lost
from agents.grounding.source import Source
from agents.grounding.support import judge
from agents.grounding.verdict import Fault, Judged, Verdict
from agents.post.article import Block, BlockKind, Sentence, cells_of
from agents.post.model_citations import take_citations
from agents.sources.evidence import Evidence
from agents.text.words import content_stems, normal, words
from ingestion.text.echoes import Echo
from language.sentences import is_complete, one_line, split_sentences

Decide = Callable[[str, Sequence[int]], Judged]
"""Judges a sentence, given the ids of the passages that its writer cited."""
KEPT = 0.5
"""Share of a section's sentences that must pass for the section to pass."""
_SAY_NOTHING = (Fault.CUT_OFF, Fault.LEAK, Fault.REPEAT)
"""What was taken out for these says nothing of the rest: a remark to the reader makes no true sentence doubtful."""
LEAST_WORDS = 35
LEAST_SENTENCES = 2


def check(
    text: str,
    evidence: Sequence[Evidence],
    *,
    heading: str = "",
    instructions: str = "",
    said: Iterable[str] = (),
    cut_off: bool = False,
    least_words: int = LEAST_WORDS,
    least_sentences: int = LEAST_SENTENCES,
    decide: Decide | None = None,
) -> Verdict:
    """Return what of a text stands against its evidence, and why the whole does not pass, if so.

    `instructions` is the prompt without the evidence (what must not leak), `said` the sentences that are in the post
    already, `cut_off` whether the provider stopped the model for length. `decide` judges one sentence, with the
    passages that the model cited for it; without one, only sentences close to the words of their sources stand.
    """
    return _Check(evidence, heading, instructions, said, decide).run(text, cut_off, least_words, least_sentences)


class _Check:
    """The check of one text. It carries what was said so far, and whether the sentence before was taken out."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        heading: str,
        instructions: str,
        said: Iterable[str],
        decide: Decide | None,
    ) -> None:
        self.sources = [Source(item) for item in evidence]
        self.decide = decide or self._by_words
        self.heading = normal(heading)
        texts = " ".join(f"{source.labels} {source.text}" for source in self.sources)
        self.echo = Echo(instructions, texts, content_stems)
        self.said = {normal(sentence) for sentence in said}
        self.said_stems = [set(content_stems(sentence)) for sentence in self.said]
        self.judged: list[Judged] = []
        # A writer may open with “It”, of the heading or of what came before; words cut out of a source may not.
        self.after_gap = decide is None

    def run(self, text: str, cut_off: bool, least_words: int, least_sentences: int) -> Verdict:
        raw = parse_cited(text, [source.text for source in self.sources])
        blocks: list[Block] = []
        for place, (kind, body) in enumerate(raw):
            last = place == len(raw) - 1
            if kind == "code":
                kept = self._code(body)
            elif kind == "table":
                kept = self._table(body)
            else:
                kept = self._sentences(kind, body, cut_off=cut_off and last)
                kept = self._without_open_question(kept) if last else kept
            if kept:
                blocks.append(Block(kind=kind, sentences=kept))
        blocks = without_empty_lead_ins(blocks)
        return Verdict(blocks, self.judged, self._problems(blocks, least_words, least_sentences))

    def _sentences(self, kind: BlockKind, body: str, *, cut_off: bool) -> list[Sentence]:
        kept: list[Sentence] = []
        found = [take_citations(sentence) for sentence in split_sentences(body)]
        found = [cited for cited in found if cited.text.strip(" .,;:")]
        for place, cited in enumerate(found):
            sentence = cited.text
            ends = is_complete(sentence) or sentence.endswith(":") or (kind == "item" and not cut_off)
            whole = ends or place < len(found) - 1
            judged = self._one(sentence, cited.numbers) if whole else Judged(sentence, fault=Fault.CUT_OFF)
            self.judged.append(judged)
            self.after_gap = judged.fault is not None and judged.fault not in _SAY_NOTHING
            if judged.fault is None:
                kept.append(Sentence(text=judged.written, passages=list(judged.passages), ruling=judged.ruling))
        return kept

    def _without_open_question(self, kept: list[Sentence]) -> list[Sentence]:
        """Return the last paragraph without a question at its end whose answers were all taken out."""
        if not kept or not kept[-1].text.endswith(("?", "？")):
            return kept
        place = max(at for at, judged in enumerate(self.judged) if judged.fault is None)
        before = [judged.written for judged in self.judged[:place] if judged.fault is None]
        lost = [judged.text for judged in self.judged[place + 1 :] if judged.fault not in _SAY_NOTHING]
        if not answer_is_lost(before, lost, self.sources):
            return kept
        self.judged[place] = replace(self.judged[place], fault=Fault.DANGLING, why="Its answer was removed.")
        return kept[:-1]

    def _one(self, sentence: str, numbers: Sequence[int]) -> Judged:
        if fault := self._form(sentence):
            return Judged(sentence, fault=fault)
        judged = self.decide(sentence, self._passages(numbers))
        if judged.fault is None:
            if judged.instead and (fault := self._form(judged.instead)):
                return replace(judged, fault=fault)
            if self.after_gap and self._hangs(judged):
                return replace(judged, fault=Fault.DANGLING, why="It points at a sentence that was removed.")
            self.said.add(normal(judged.written))
            self.said_stems.append(set(content_stems(judged.written)))
        return judged

    def _hangs(self, judged: Judged) -> bool:
        """Return whether a sentence behind a gap pointed at what stood there, and not at all that was said so far."""
        if not points_back(judged.written):
            return False
        claims = bool(judged.passages)
        return claims or not hands_over(judged.written) or all(one.fault for one in self.judged)

    def _passages(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return the passages that the model cited, which it counts from one; unknown numbers fall away."""
        return tuple(self.sources[n - 1].id for n in numbers if 0 < n <= len(self.sources))

    def _by_words(self, sentence: str, cited: Sequence[int]) -> Judged:
        """Return the sentence judged by its words: close to those of its sources, and by no rule against them."""
        del cited
        judged = judge(sentence, self.sources)
        verbatim = any(one_line(sentence) in source.one_line for source in self.sources)
        if judged.fault is None and not verbatim:
            quotes = [source.text for source in self.sources if source.id in judged.passages]
            if refusal := refusal_by_rules(sentence, quotes):
                return Judged(sentence, fault=Fault.ALTERED, why=refusal.reason, ruling="rules")
        return judged

    def _form(self, sentence: str) -> Fault | None:
        bare = normal(sentence)
        stands_in_source = any(one_line(sentence) in source.one_line for source in self.sources)
        if is_leak(sentence) and not stands_in_source:
            return Fault.LEAK
        if self.echo.heard_in(sentence):
            return Fault.LEAK
        if bare in self.said or bare == self.heading:
            return Fault.REPEAT
        if is_loop(sentence) and not stands_in_source:
            return Fault.LOOP
        stems = set(content_stems(sentence))
        if len(stems) >= 3 and any(_nothing_new(stems, other) for other in self.said_stems):
            return Fault.REPEAT
        return None

    def _code(self, body: str) -> list[Sentence]:
        lines = [one_line(line) for line in body.splitlines() if line.strip()]
        for source in self.sources:
            if lines and all(line in source.one_line for line in lines):
                self.judged.append(Judged(body, (source.id,)))
                return [Sentence(text=body, passages=[source.id])]
        self.judged.append(Judged(body, fault=Fault.UNSUPPORTED))
        self.after_gap = True
        return []

    def _table(self, body: str) -> list[Sentence]:
        """Return a table's head and those of its rows that stand: each is a claim, what its head says of its cells."""
        head, *rows = [take_citations(row) for row in body.splitlines()]
        kept: list[Sentence] = []
        for row in rows:
            claim = row_claim(head.text, row.text)
            judged = self._row(claim, row.numbers)
            self.judged.append(judged)
            if judged.fault is None:
                kept.append(Sentence(text=row.text, passages=list(judged.passages), ruling=judged.ruling))
        return [Sentence(text=head.text), *kept] if kept else []

    def _row(self, claim: str, numbers: Sequence[int]) -> Judged:
        if is_leak(claim) or self.echo.heard_in(claim):
            return Judged(claim, fault=Fault.LEAK)
        if normal(claim) in self.said:
            return Judged(claim, fault=Fault.REPEAT)
        judged = self.decide(claim, self._passages(numbers))
        if judged.instead:
            return Judged(claim, fault=Fault.ALTERED, why=judged.why, ruling=judged.ruling)
        if judged.fault is None:
            self.said.add(normal(claim))
        return judged

    def _problems(self, blocks: list[Block], least_words: int, least_sentences: int) -> list[str]:
        kept = [sentence for block in blocks for sentence in block.sentences]
        faults = Counter(judged.fault for judged in self.judged if judged.fault)
        counted = len(self.judged) - sum(faults[fault] for fault in _SAY_NOTHING)
        problems = []
        if not self.judged:
            return ["The text was empty."]
        if counted and len(kept) < KEPT * counted:
            worst = ", ".join(f"{fault.value} ({count})" for fault, count in faults.most_common(3))
            problems.append(f"Too many sentences had to be removed: {worst}.")
        length = sum(len(words(sentence.text)) for sentence in kept)
        if length < least_words or len(kept) < least_sentences:
            problems.append(f"Only {length} words could be kept; at least {least_words} are needed.")
        return problems


def row_claim(head: str, row: str) -> str:
    """Return what a row of a table claims, as a sentence: each cell under its head."""
    pairs = zip_longest(cells_of(head), cells_of(row), fillvalue="")
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell) + "."


def _nothing_new(stems: set[str], other: set[str]) -> bool:
    """Return whether nine in ten of the stems were said by the others."""
    return bool(other) and len(stems & other) >= 0.9 * len(stems)
