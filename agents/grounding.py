"""The check: which sentences of a text are borne by the passages it was written from.

Pure code, the same for every model. It holds each sentence against its evidence: the words that carry
meaning, numbers, names, strong claims and negations must be found there; prompt text, loops, repetitions and
cut-off tails must not be found at all. It drops what fails and says whether enough is left.

It compares words, not meaning. It is strict on purpose: a true sentence in quite other words is lost, which
costs a sentence; a false one in the post would cost its reader.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import re2

from agents.article import Block, BlockKind, Sentence
from agents.evidence import Evidence
from agents.words import (
    NEGATIONS,
    code_spans,
    content_stems,
    counted,
    is_complete,
    names,
    negated,
    normal,
    numbers,
    one_line,
    sentences,
    split_sentences,
    stem,
    word_set,
    words,
)
from ingestion.echoes import Echo

SUPPORT, SUPPORT_OF_LONG = 0.8, 0.7
"""Share of a sentence's meaningful words that its cited passages must hold; the second from `LONG` words on."""
LONG = 8
NEARBY = 0.6
"""Share that must stand close together: within three neighbouring sentences of each cited passage."""
CLAUSE = 0.6
"""Share of each clause of three meaningful words or more."""
TOGETHER = 0.7
"""Share of the sentence's neighbouring words that stand in one sentence of a source, too: words taken from all over
make no statement."""
KEPT = 0.5
"""Share of a section's sentences that must pass for the section to pass."""
LEAST_WORDS = 35
LEAST_SENTENCES = 2
MOST_PASSAGES = 2
_WINDOW = 3

_CLAUSES = re.compile(r"[,;:()—–]|\s(?:which|because|while|whereas|but|so that|in order to)\s")
_STRONG = word_set(
    """
    always never only first best worst fastest slowest easiest largest biggest smallest newest oldest
    safest cheapest leading unique perfect guaranteed free unlimited impossible everyone nobody better
    worse faster slower easier popular award-winning
    """
)
_SELF = frozenset({"i", "i'm", "i've", "i'll", "my", "mine", "myself", "me"})
_POINTING = word_set(
    """
    it its this these those they them their he she his her such that both
    """
)
_JOINING = word_set(
    """
    however therefore thus hence instead moreover furthermore additionally also similarly likewise
    nevertheless consequently then otherwise
    """
)
_OPENERS = word_set(
    """
    developers users readers people teams beginners programmers anyone writing learning understanding
    getting knowing
    """
)
_LEAKS = re.compile(
    r"<\|?[a-z_]+\|?>|\[/?INST\]|^(?:user|assistant|system|human|ai)\s*:|as an ai\b|language model|"
    r"\b(?:the|these|this|your|numbered|following|given|provided|above)\s+(?:sources?|passages?|evidence)\b"
    r"(?=.*\b(?:above|below|provided|numbered|given|section|write)\b)|"
    r"\bhere(?:'s| is| are)\s+(?:the|a|an|your|my|some)\b.*\b(?:section|post|article|paragraph|draft|text)|"
    r"^(?:sure|certainly|of course|absolutely)\b[,!.]|\b(?:lorem ipsum|insert .{1,30} here)\b|"
    r"\bin this (?:section|blog post|post|article)\b|\bthis (?:section|blog post) (?:will|covers|explains)\b|"
    r"\b(?:the|this|that) (?:original |above |given |provided )?(?:text|article|passage|paragraph|notes?)\b"
    r" (?:\w+ ){0,2}(?:says?|states?|tells?|mentions?|provides?|discusses|highlights?|explains?|describes?|talks)|"
    r"\b(?:original|rewritten|revised|shortened) (?:text|version)\b|\bversion of the text\b|"
    r"\b(?:subject|topic) of (?:the|this) (?:text|article|passage)\b|"
    r"\b(?:system|user) prompt\b|^(?:section|heading|title|topic|subject|sources?|passages?|notes?)\s*(?:\d+\s*)?:",
    re.IGNORECASE,
)
_MARKERS = re2.compile(
    r"(?i)[\s\pZ]?(?:\[\s*(?:source|passage|E)?\s*\d+(?:\s*[,;–-]\s*(?:source|passage|E)?\s*\d+)*\s*\]"
    r"|\((?:sources?|passages?)\s*\d+(?:\s*(?:,|and|&)\s*\d+)*\))"
)
_IMAGE = re2.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re2.compile(r"\[([^\]]+)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"\*\*|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
_ITEM = re.compile(r"^\s*(?:[-*+•‣·●○▪■►–—]|\d{1,2}[.)])\s+")
_ALONE_BOLD = re.compile(r"^(?:\*\*|__)[^*_]+(?:\*\*|__):?$")


class Fault(StrEnum):
    """What can be wrong with one sentence. The value says it to the model that is asked again."""

    UNSUPPORTED = "words that are not in the sources"
    NUMBER = "a number that is not in the sources"
    NAME = "a name that is not in the sources"
    CLAIM = "a stronger claim than the sources make"
    NEGATION = "the opposite of what the sources say"
    SELF = "something about the writer"
    LEAK = "words of the instructions"
    LOOP = "the same words over and over"
    REPEAT = "something said before"
    CUT_OFF = "an unfinished sentence"
    EMPTY = "nothing that can be checked"
    DANGLING = "a sentence that points at one taken out"


@dataclass(frozen=True, slots=True)
class Judged:
    """One sentence after the check: its passages when it stands, its fault when it does not."""

    text: str
    passages: tuple[int, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for a text: what stands, what fell, and why the whole does not pass, if so."""

    blocks: list[Block]
    judged: list[Judged]
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.problems

    @property
    def dropped(self) -> list[Judged]:
        return [judged for judged in self.judged if judged.fault]


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
) -> Verdict:
    """Hold a text against its evidence.

    `instructions` is the prompt without the evidence (what must not leak), `said` the sentences that stand in
    the post already, `cut_off` whether the provider stopped the model for length.
    """
    return _Check(evidence, heading, instructions, said).run(text, cut_off, least_words, least_sentences)


def supports(sentence: str, evidence: Sequence[Evidence]) -> Judged:
    """One sentence against the evidence alone: the passages that bear it, or its fault."""
    return _judge(sentence, [_Source(item) for item in evidence])


def unfounded_words(heading: str, evidence: Sequence[Evidence]) -> list[str]:
    """What a heading or a title brings in that no evidence knows; empty when it may stand."""
    text = " ".join(f"{item.page_title} {item.heading} {item.text}" for item in evidence)
    stems, known = set(content_stems(text)), {word.lower() for word in words(text)}
    found = [number for number in numbers(heading) if number not in numbers(text)]
    found += [word for word in words(heading) if word.lower() in _STRONG and word.lower() not in known]
    strange = [found for found in content_stems(heading) if found not in stems]
    codes = [word for word in names(heading) if not word[1:].islower()]
    found += [word for word in codes if not _is_known_name(word, known, stems)]
    return found + (strange if len(strange) > 0.34 * len(content_stems(heading)) else [])


def is_leak(text: str) -> bool:
    """Whether the text has the marks of a prompt or of a model talking about its task."""
    return bool(_LEAKS.search(text))


def is_loop(text: str) -> bool:
    """Whether the text says the same words over and over."""
    found = [word.lower() for word in words(text)]
    if len(found) >= 6 and max(Counter(shingles_in_order(found, 2)).values()) >= 3:
        return True
    if len(found) >= 10 and max(Counter(shingles_in_order(found, 4)).values()) >= 2:
        return True
    return len(found) >= 16 and len(set(found)) / len(found) < 0.45


def shingles_in_order(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Every run of `size` neighbours, repeated ones as often as they come."""
    return [tuple(items[place : place + size]) for place in range(len(items) - size + 1)]


def check_post(title: str, headings: Sequence[str], texts: Sequence[str]) -> list[str]:
    """What is wrong with a whole post, as sentences; empty when nothing is."""
    problems = []
    if not title.strip():
        problems.append("The post has no title.")
    if len({normal(heading) for heading in headings if heading.strip()}) < 3:
        problems.append("The post has fewer than three different headings.")
    if any(not text.strip() for text in texts):
        problems.append("A section of the post is empty.")
    if any(is_leak(line) for line in [title, *headings]):
        problems.append("A heading holds words of the instructions.")
    return problems


def parse(text: str) -> list[tuple[BlockKind, str]]:
    """The model's Markdown as blocks of plain text; headings, tables, images and its numbers fall away."""
    blocks: list[tuple[BlockKind, str]] = []
    held: list[str] = []
    code: list[str] | None = None

    def close() -> None:
        if held:
            blocks.append(("prose", one_line(" ".join(held))))
            held.clear()

    for line in text.replace("\r", "").split("\n"):
        bare = line.strip()
        if bare.startswith(("```", "~~~")):
            close()
            if code is not None:
                blocks.append(("code", "\n".join(code)))
            code = [] if code is None else None
        elif code is not None:
            code.append(line.rstrip())
        elif not bare or bare.startswith(("#", "|", "---", "===", "***")) or _ALONE_BOLD.match(bare):
            close()
        elif _ITEM.match(line):
            close()
            blocks.append(("item", _plain(_ITEM.sub("", line))))
        else:
            held.append(_plain(bare.lstrip("> ")))
    close()
    return [(kind, body) for kind, body in blocks if body.strip()]


class _Source:
    """One passage made ready for comparison."""

    def __init__(self, evidence: Evidence) -> None:
        self.id = evidence.passage_id
        self.text = evidence.text
        self.labels = f"{evidence.page_title} · {evidence.heading}"
        self.label_stems = set(content_stems(self.labels))
        self.sentences = sentences(evidence.text)
        self.sentence_stems = [set(content_stems(sentence)) for sentence in self.sentences]
        self.stems = self.label_stems.union(*self.sentence_stems)
        self.words = {word.lower() for word in words(f"{self.labels} {evidence.text}")}

    def window(self, stems: set[str]) -> list[int]:
        """Places of up to three neighbouring sentences that hold most of the stems."""
        places = list(range(len(self.sentences)))
        starts = range(max(1, len(places) - _WINDOW + 1))
        windows = [places[start : start + _WINDOW] for start in starts]
        return max(windows, key=lambda window: len(stems & self.window_stems(window)))

    def window_stems(self, window: Sequence[int]) -> set[str]:
        return set().union(*(self.sentence_stems[place] for place in window)) | self.label_stems


class _Check:
    """The check of one text: carries what was said so far from sentence to sentence."""

    def __init__(self, evidence: Sequence[Evidence], heading: str, instructions: str, said: Iterable[str]) -> None:
        self.sources = [_Source(item) for item in evidence]
        self.heading = normal(heading)
        texts = " ".join(f"{source.labels} {source.text}" for source in self.sources)
        self.echo = Echo(instructions, texts, content_stems)
        self.said = {normal(sentence) for sentence in said}
        self.said_stems = [set(content_stems(sentence)) for sentence in self.said]
        self.judged: list[Judged] = []
        self.after_gap = True

    def run(self, text: str, cut_off: bool, least_words: int, least_sentences: int) -> Verdict:
        raw = parse(text)
        blocks: list[Block] = []
        for place, (kind, body) in enumerate(raw):
            last = place == len(raw) - 1
            if kind == "code":
                kept = self._code(body)
            else:
                kept = self._sentences(kind, body, cut_off=cut_off and last)
            if kept:
                blocks.append(Block(kind=kind, sentences=kept))
        blocks = _without_empty_lead_ins(blocks)
        return Verdict(blocks, self.judged, self._problems(blocks, least_words, least_sentences))

    def _sentences(self, kind: BlockKind, body: str, *, cut_off: bool) -> list[Sentence]:
        kept = []
        found = split_sentences(body)
        for place, sentence in enumerate(found):
            ends = is_complete(sentence) or sentence.endswith(":") or (kind == "item" and not cut_off)
            whole = ends or place < len(found) - 1
            judged = self._one(sentence) if whole else Judged(sentence, fault=Fault.CUT_OFF)
            self.judged.append(judged)
            self.after_gap = judged.fault is not None and judged.fault is not Fault.CUT_OFF
            if judged.fault is None:
                kept.append(Sentence(text=sentence, passages=list(judged.passages)))
        return kept

    def _one(self, sentence: str) -> Judged:
        if fault := self._form(sentence):
            return Judged(sentence, fault=fault)
        judged = _judge(sentence, self.sources)
        if judged.fault is None:
            if self.after_gap and _points_back(sentence):
                return Judged(sentence, fault=Fault.DANGLING)
            self.said.add(normal(sentence))
            self.said_stems.append(set(content_stems(sentence)))
        return judged

    def _form(self, sentence: str) -> Fault | None:
        bare = normal(sentence)
        stands_in_source = any(one_line(sentence) in one_line(source.text) for source in self.sources)
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
            if lines and all(line in one_line(source.text) for line in lines):
                self.judged.append(Judged(body, (source.id,)))
                return [Sentence(text=body, passages=[source.id])]
        self.judged.append(Judged(body, fault=Fault.UNSUPPORTED))
        self.after_gap = True
        return []

    def _problems(self, blocks: list[Block], least_words: int, least_sentences: int) -> list[str]:
        kept = [sentence for block in blocks for sentence in block.sentences]
        faults = Counter(judged.fault for judged in self.judged if judged.fault)
        counted = len(self.judged) - faults[Fault.CUT_OFF]
        problems = []
        if not self.judged:
            return ["The text was empty."]
        if counted and len(kept) < KEPT * counted:
            worst = ", ".join(f"{fault.value} ({count})" for fault, count in faults.most_common(3))
            problems.append(f"Too many sentences had to be taken out: {worst}.")
        length = sum(len(words(sentence.text)) for sentence in kept)
        if length < least_words or len(kept) < least_sentences:
            problems.append(f"Only {length} words could be kept; at least {least_words} are needed.")
        return problems


def _judge(sentence: str, sources: Sequence[_Source]) -> Judged:
    stems = list(dict.fromkeys(content_stems(sentence)))
    if len(stems) < 2:
        return Judged(sentence, fault=Fault.EMPTY)
    cited = _cited(sentence, set(stems), sources)
    fault = Fault.UNSUPPORTED if not cited else _fault(sentence, stems, cited)
    return Judged(sentence, fault=fault) if fault else Judged(sentence, tuple(source.id for source in cited))


def _cited(sentence: str, stems: set[str], sources: Sequence[_Source]) -> list[_Source]:
    """The one passage that bears the sentence best, and a second one if it bears what is missing."""
    wanted = stems | {f"#{number}" for number in numbers(sentence)}
    wanted |= {f"@{name.lower()}" for name in names(sentence)}
    cited: list[_Source] = []
    missing = wanted
    for _ in range(MOST_PASSAGES):
        left = [source for source in sources if source not in cited]
        if not left or not missing:
            break
        best = max(left, key=lambda source: (len(missing & _holds(source, stems)), _near(source, stems)))
        gain = missing & _holds(best, stems)
        if not gain or (cited and len(gain) < 2 and not any(item[0] in "#@" for item in gain)):
            break
        cited.append(best)
        missing = missing - gain
    return cited


def _holds(source: _Source, stems: set[str]) -> set[str]:
    window = source.window(stems)
    near = " ".join(source.sentences[place] for place in window)
    held = {f"#{number}" for number in numbers(f"{source.labels} {near}")}
    return source.stems | held | {f"@{word}" for word in source.words}


def _near(source: _Source, stems: set[str]) -> int:
    return len(stems & source.window_stems(source.window(stems)))


def _fault(sentence: str, stems: list[str], cited: Sequence[_Source]) -> Fault | None:
    """The first thing wrong with a sentence, given the passages it would cite."""
    wanted = set(stems)
    windows = [(source, source.window(wanted)) for source in cited]
    near_stems = set().union(*(source.window_stems(window) for source, window in windows))
    near_text = " ".join(source.sentences[place] for source, window in windows for place in window)
    near_labels = " ".join(source.labels for source in cited)
    everything = set().union(*(source.stems for source in cited))
    source_words = set().union(*(source.words for source in cited))
    near_words = {word.lower() for word in words(f"{near_text} {near_labels}")}

    near_sentences = [
        near_labels,
        *(source.sentences[place] for source, window in windows for place in window),
    ]
    if any(not _is_counted(number, about, near_sentences) for number, about in counted(sentence)):
        return Fault.NUMBER
    if any(not _is_known_name(name, source_words, everything) for name in names(sentence)):
        return Fault.NAME
    if any(not any(code in one_line(source.text) for source in cited) for code in code_spans(sentence)):
        return Fault.NAME
    said = [word.lower() for word in words(sentence)]
    if any(word in _SELF and word not in near_words for word in said):
        return Fault.SELF
    if any(word in _STRONG and word not in near_words for word in said):
        return Fault.CLAIM
    if not _opening_known(sentence, everything):
        return Fault.UNSUPPORTED
    least = SUPPORT if len(stems) < LONG else SUPPORT_OF_LONG
    if _share(stems, everything) < least or _share(stems, near_stems) < NEARBY:
        return Fault.UNSUPPORTED
    if _togetherness(stems, cited) < TOGETHER:
        return Fault.UNSUPPORTED
    for clause in _CLAUSES.split(sentence):
        clause_stems = content_stems(clause)
        if len(clause_stems) >= 3 and _share(clause_stems, everything) < CLAUSE:
            return Fault.UNSUPPORTED
    if _turns_around(sentence, wanted, near_text, windows):
        return Fault.NEGATION
    return None


def _togetherness(stems: Sequence[str], cited: Sequence[_Source]) -> float:
    """Of the neighbouring words that the sources have, the share that one of their sentences joins."""
    known = set().union(*(source.stems for source in cited))
    pairs = [pair for pair in pairwise(stems) if known.issuperset(pair)]
    joined = [held | source.label_stems for source in cited for held in source.sentence_stems]
    return sum(any(held.issuperset(pair) for held in joined) for pair in pairs) / len(pairs) if pairs else 1.0


def _turns_around(
    sentence: str, stems: set[str], near_text: str, windows: Sequence[tuple[_Source, Sequence[int]]]
) -> bool:
    """Whether the sentence denies what the sources say, or says what they deny."""
    if negated(sentence):
        return not negated(near_text)
    closest = max(
        (source.sentences[place] for source, window in windows for place in window),
        key=lambda other: len(stems & set(content_stems(other))),
        default="",
    )
    if not negated(closest):
        return False
    denials = NEGATIONS | {stem(word) for word in NEGATIONS}
    for clause in _CLAUSES.split(closest):
        denied = set(content_stems(clause)) - denials
        if negated(clause) and denied and len(denied & stems) >= max(2, 0.6 * len(denied)):
            return True
    return False


def _is_counted(number: str, about: set[str], near: Sequence[str]) -> bool:
    """Whether one sentence nearby has the number and a neighbour of it."""
    having = [sentence for sentence in near if number in numbers(sentence)]
    return any(not about or about & set(content_stems(sentence)) for sentence in having)


def _is_known_name(name: str, source_words: Collection[str], stems: Collection[str]) -> bool:
    low = name.lower().removesuffix("'s")
    if low in source_words or (low.isalpha() and name[1:].islower() and stem(low) in stems):
        return True
    parts = [part for part in re.split(r"[-/_.:@+]", low) if part]
    return len(parts) > 1 and "-" in low and all(part in source_words for part in parts)


def _opening_known(sentence: str, stems: Collection[str]) -> bool:
    """A capital at the start tells nothing, so the first word is held to more than the others."""
    first = next(iter(words(sentence)), "")
    if not first[:1].isupper() or first.lower() in _OPENERS or first.lower().endswith(("ing", "ly")):
        return True
    return all(found in stems for found in content_stems(first))


def _points_back(sentence: str) -> bool:
    found = [word.lower() for word in words(sentence)[:2]]
    return bool(found) and (found[0] in _POINTING or found[0] in _JOINING or found == ["for", "example"])


def _nothing_new(stems: set[str], other: set[str]) -> bool:
    """Whether the stems say nothing that the others did not."""
    return bool(other) and len(stems & other) >= 0.9 * len(stems)


def _share(stems: Sequence[str], held: Collection[str]) -> float:
    return sum(found in held for found in stems) / len(stems) if stems else 1.0


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    return one_line(_EMPHASIS.sub("", _MARKERS.sub("", text)))


def _without_empty_lead_ins(blocks: list[Block]) -> list[Block]:
    """Take out sentences that end in a colon with nothing after them."""
    kept: list[Block] = []
    for place, block in enumerate(blocks):
        followed = place + 1 < len(blocks) and blocks[place + 1].kind in ("item", "code")
        found = list(block.sentences)
        if block.kind == "prose" and not followed:
            while found and found[-1].text.endswith(":"):
                found.pop()
        if found:
            kept.append(block.model_copy(update={"sentences": found}))
    return kept
