"""Whether passages support a sentence: which ones it cites, and the first thing in it that they do not say. Pure.

Owns the bounds for a single sentence.
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from agents.grounding.source import Held, Source
from agents.grounding.verdict import Fault, Judged
from agents.sources.evidence import Evidence
from agents.text.vocabulary import NEGATIONS, word_set
from agents.text.words import code_spans, content_stems, counted, names, negated, numbers, words
from language.sentences import one_line
from language.stems import stem

SUPPORT, SUPPORT_OF_LONG = 0.8, 0.7
"""Share of a sentence's meaningful words that its cited passages must hold; the second from `LONG` words on."""
LONG = 8
NEARBY = 0.6
"""Share that must stand close together, within three neighbouring sentences of each cited passage."""
CLAUSE = 0.6
"""Share of each clause of three meaningful words or more."""
TOGETHER = 0.7
"""Share of the sentence's neighbouring words that also stand together in one sentence of a source: words picked from
all over a page make no statement."""
MOST_PASSAGES = 2
_CLAUSES = re.compile(r"[,;:()—–]|\s(?:which|because|while|whereas|but|so that|in order to)\s")
STRONG_CLAIMS = word_set(
    """
    always never only first best worst fastest slowest easiest largest biggest smallest newest oldest
    safest cheapest leading unique perfect guaranteed free unlimited impossible everyone nobody better
    worse faster slower easier popular award-winning
    """
)
_SELF = frozenset({"i", "i'm", "i've", "i'll", "my", "mine", "myself", "me"})
_OPENERS = word_set(
    """
    developers users readers people teams beginners programmers anyone writing learning understanding
    getting knowing
    """
)


def supports(sentence: str, evidence: Sequence[Evidence]) -> Judged:
    """Return one sentence judged against the evidence alone: the passages that support it, or its fault."""
    return judge(sentence, [Source(item) for item in evidence])


def judge(sentence: str, sources: Sequence[Source]) -> Judged:
    """Return the sentence with the passages it cites, or with its fault."""
    stems = list(dict.fromkeys(content_stems(sentence)))
    if len(stems) < 2:
        return Judged(sentence, fault=Fault.EMPTY)
    cited = _cited(sentence, set(stems), sources)
    fault = Fault.UNSUPPORTED if not cited else _fault(sentence, stems, cited)
    return Judged(sentence, fault=fault) if fault else Judged(sentence, tuple(source.id for source in cited))


def _cited(sentence: str, stems: set[str], sources: Sequence[Source]) -> list[Source]:
    """Return the passage that supports the sentence best, and a second one if it has what the first lacks."""
    wanted = stems | {f"#{number}" for number in numbers(sentence)}
    wanted |= {f"@{name.lower()}" for name in names(sentence)}
    cited: list[Source] = []
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


def _holds(source: Source, stems: set[str]) -> set[str]:
    """Return what a passage has for a sentence: stems, and marked with # and @ the numbers nearby and all words."""
    window = source.window(stems)
    near = " ".join(source.sentences[place] for place in window)
    held = {f"#{number}" for number in numbers(f"{source.labels} {near}")}
    return source.stems | held | {f"@{word}" for word in source.words}


def _near(source: Source, stems: set[str]) -> int:
    return len(stems & source.window_stems(source.window(stems)))


def _fault(sentence: str, stems: list[str], cited: Sequence[Source]) -> Fault | None:
    """Return the first thing wrong with a sentence, given the passages it would cite."""
    held = Held(set(stems), cited)
    if _brings_number(sentence, held):
        return Fault.NUMBER
    if _brings_name(sentence, held):
        return Fault.NAME
    brought = {word.lower() for word in words(sentence)} - held.near_words
    if brought & _SELF:
        return Fault.SELF
    if brought & STRONG_CLAIMS:
        return Fault.CLAIM
    if not _is_covered(sentence, stems, held):
        return Fault.UNSUPPORTED
    return Fault.NEGATION if _turns_around(sentence, set(stems), held) else None


def _brings_number(sentence: str, held: Held) -> bool:
    near = [held.labels, *held.near_sentences]
    return any(not _is_counted(number, about, near) for number, about in counted(sentence))


def _brings_name(sentence: str, held: Held) -> bool:
    if any(not is_known_name(name, held.words, held.stems) for name in names(sentence)):
        return True
    texts = [one_line(source.text) for source in held.cited]
    return any(not any(code in text for text in texts) for code in code_spans(sentence))


def _is_covered(sentence: str, stems: list[str], held: Held) -> bool:
    """Return whether enough of the sentence's words stand in its passages, close together, clause by clause."""
    if not _opening_known(sentence, held.stems):
        return False
    least = SUPPORT if len(stems) < LONG else SUPPORT_OF_LONG
    if _share(stems, held.stems) < least or _share(stems, held.near_stems) < NEARBY:
        return False
    if _togetherness(stems, held) < TOGETHER:
        return False
    clauses = [content_stems(clause) for clause in _CLAUSES.split(sentence)]
    return all(len(clause) < 3 or _share(clause, held.stems) >= CLAUSE for clause in clauses)


def _togetherness(stems: Sequence[str], held: Held) -> float:
    """Return, of the neighbouring words that the sources have, the share that one of their sentences joins."""
    pairs = [pair for pair in pairwise(stems) if held.stems.issuperset(pair)]
    joined = [known | source.label_stems for source in held.cited for known in source.sentence_stems]
    return sum(any(known.issuperset(pair) for known in joined) for pair in pairs) / len(pairs) if pairs else 1.0


def _turns_around(sentence: str, stems: set[str], held: Held) -> bool:
    """Return whether the sentence denies what the sources say, or says what they deny."""
    if negated(sentence):
        return not negated(held.near_text)
    closest = max(held.near_sentences, key=lambda other: len(stems & set(content_stems(other))), default="")
    if not negated(closest):
        return False
    denials = NEGATIONS | {stem(word) for word in NEGATIONS}
    for clause in _CLAUSES.split(closest):
        denied = set(content_stems(clause)) - denials
        if negated(clause) and denied and len(denied & stems) >= max(2, 0.6 * len(denied)):
            return True
    return False


def _is_counted(number: str, about: set[str], near: Sequence[str]) -> bool:
    """Return whether one sentence nearby has the number beside something that it counts here."""
    having = [sentence for sentence in near if number in numbers(sentence)]
    return any(not about or about & set(content_stems(sentence)) for sentence in having)


def is_known_name(name: str, source_words: Collection[str], stems: Collection[str]) -> bool:
    low = name.lower().removesuffix("'s")
    if low in source_words or (low.isalpha() and name[1:].islower() and stem(low) in stems):
        return True
    parts = [part for part in re.split(r"[-/_.:@+]", low) if part]
    return len(parts) > 1 and "-" in low and all(part in source_words for part in parts)


def _opening_known(sentence: str, stems: Collection[str]) -> bool:
    """Return whether the first word is known. Its capital tells nothing, so it is held to more than the others."""
    first = next(iter(words(sentence)), "")
    if not first[:1].isupper() or first.lower() in _OPENERS or first.lower().endswith(("ing", "ly")):
        return True
    return all(found in stems for found in content_stems(first))


def _share(stems: Sequence[str], held: Collection[str]) -> float:
    return sum(found in held for found in stems) / len(stems) if stems else 1.0
