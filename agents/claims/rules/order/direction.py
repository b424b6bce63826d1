"""Who and whom, before and after, more than and than, because and therefore, from and to: the two sides changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

from agents.claims.amounts.units import SCALES, UNITS
from agents.claims.lexicon import LEXICONS, UNKNOWN
from agents.claims.lexicon.lexicon import Member
from agents.claims.parts import Mark, Token
from agents.claims.reading import Reading, read, stem_of
from agents.claims.rules.order.particles import japanese_turned
from agents.claims.verdict import Refusal
from agents.text.vocabulary import word_set

_REACH = 10
"""How many words on either side belong to a turning point."""
_WAY = 4
"""French and Spanish use the words for “from” and “to” for much else: there they must stand together."""
_KINDS = {"order": "order", "cause": "cause", "than": "comparison", "swap": "choice", "from": "way"}
_BACKWARD = frozenset({"before", "back"})
_NOMINATIVE = word_set(
    """
    der die das ein eine er sie es wir man
    """
)
"""In German the doer may stand anywhere; where a sentence opens so, as a rule it stands first."""
_HELPERS = word_set(
    """
    hat haben hatte wurde wurden wird werden ist sind war waren
    """
)
_PASSIVE_HELPERS = word_set(
    """
    wurde wurden wird werden is are was were been be est sont fut été fue fueron es son
    """
)
_CHOOSING = word_set(
    """
    , and but und et y
    """
)
_NOT = word_set(
    """
    not nicht non no never nie jamais nunca
    """
)
_DETERMINERS = word_set("a an the this that each every no my your his its our their")
_ARROW = re.compile(r"-{1,3}>|={1,3}>|[→⇒➜⟶]")
_SIDES_END = frozenset(";:.!?")
_MEASURES = frozenset(UNITS) | frozenset(SCALES)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turning point: what stands on its two sides, and which way it points."""

    kind: str
    word: str
    forward: bool
    left: frozenset[str]
    right: frozenset[str]
    members: frozenset[Member] = frozenset()
    denied: bool = False


def turned_around(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a claim in which the two sides of a turning point changed places, or the point itself turned."""
    if claim.language == "ja":
        return japanese_turned(claim, evidence)
    if not claim.lexicon.spaced:
        return None
    there = [turn for sentence in evidence for turn in _turns(sentence)]
    for here in _turns(claim):
        same_kind = [
            turn for turn in there if turn.kind == here.kind and (here.kind != "who" or _same_deed(turn, here))
        ]
        most = max((_shared(here, turn) for turn in same_kind), default=0)
        best = [turn for turn in same_kind if _shared(here, turn) == most]
        if most >= 2 and all(_turned(here, turn) for turn in best):
            return Refusal(_KINDS.get(here.kind, "who and whom"), _shown(here), _shown(best[0]))
    return None


def _turned(here: _Turn, there: _Turn) -> bool:
    """Return whether the claim puts the two sides the other way round."""
    if here.kind == "order" and here.denied != there.denied:
        # “No A before B” is “B before A”: which of the two is meant is for the judge of meaning.
        return False
    return _facing(here, there) * _agreement(here, there) < 0


def _facing(here: _Turn, there: _Turn) -> int:
    """Return 1 where the sides stand as in the evidence, -1 where they changed places, 0 where it cannot be told."""
    left, right = there.left - there.right, there.right - there.left
    mine_left, mine_right = here.left - here.right, here.right - here.left
    crossed = mine_right & left, mine_left & right
    kept = mine_right & right, mine_left & left
    if all(crossed) and not (kept[0] and kept[1]):
        return -1
    if kept[0] and not any(crossed) and (kept[1] or here.kind == "order"):
        return 1
    return 0


def _agreement(here: _Turn, there: _Turn) -> int:
    """Return 1 where both points point the same way, -1 where they point apart, 0 where it cannot be told."""
    if here.kind != "than":
        return 1 if here.forward == there.forward else -1
    for one in here.members:
        for two in there.members:
            if one[0] == two[0]:
                return 1 if one[1] == two[1] else -1
    return 0


def _same_deed(one: _Turn, two: _Turn) -> bool:
    least = min(len(one.word), len(two.word))
    return one.word[:least] == two.word[:least] and abs(len(one.word) - len(two.word)) <= 2


def _shared(here: _Turn, there: _Turn) -> int:
    return len((here.left | here.right) & (there.left | there.right))


def _turns(sentence: Reading) -> Iterator[_Turn]:
    for mark in sentence.marks:
        if mark.kind in ("order", "cause", "than", "swap") and not _counts(sentence, mark):
            yield _marked(sentence, mark)
    yield from _choices(sentence)
    yield from _ways(sentence)
    yield from _arrows(sentence)
    yield from _deeds(sentence)


def _counts(sentence: Reading, mark: Mark) -> bool:
    """Return whether an amount stands behind the point: “after ten minutes” puts nothing in an order."""
    after = mark.place + mark.size
    start = sentence.tokens[after].start if after < len(sentence.tokens) else -1
    return any(0 <= amount.start - start <= 3 for amount in sentence.amounts)


def _marked(sentence: Reading, mark: Mark) -> _Turn:
    """Return the turning point of a mark; at a sentence's start its right side ends at the comma."""
    tokens = sentence.tokens
    after = mark.place + mark.size
    numbers = mark.kind in ("than", "swap")
    if mark.place <= 1:
        comma = next((at for at, token in enumerate(tokens) if at > after and token.text == ","), len(tokens))
        left = _side(tokens[comma : comma + _REACH + 2], numbers=numbers)
        right = _side(tokens[after:comma], numbers=numbers)
    else:
        end = next((at for at in range(after, len(tokens)) if _stops(tokens[at], sentence)), len(tokens))
        left = _side(tokens[: mark.place][::-1], numbers=numbers)
        right = _side(tokens[after:end], numbers=numbers)
    near = tokens[max(0, mark.place - 5) : mark.place]
    members = frozenset(member for token in near for member in token.members)
    part = _part_around(mark.place, tokens)
    denied = any(other.kind == "neg" and other.place in part for other in sentence.marks)
    return _Turn(mark.kind, mark.value, mark.value not in _BACKWARD, left, right, members, denied)


def _part_around(place: int, tokens: Sequence[Token]) -> range:
    """Return the tokens of the part that a mark stands in, as colons and semicolons cut it, and commas before it."""
    cuts = [at for at, token in enumerate(tokens) if token.text in (":", ";") or (token.text == "," and at < place)]
    first = max((at for at in cuts if at < place), default=-1)
    return range(first + 1, min((at for at in cuts if at > place), default=len(tokens)))


def _stops(token: Token, sentence: Reading) -> bool:
    """Return whether another part of the sentence begins: `… instead of max-age when both are there`."""
    return token.text.lower() in sentence.lexicon.joining


def _side(tokens: Sequence[Token], *, numbers: bool = False) -> frozenset[str]:
    """Return what up to ten words say, as far as the sentence or its half goes."""
    found: set[str] = set()
    for token in tokens[:_REACH]:
        if token.text in _SIDES_END:
            break
        if numbers and token.text[0].isdigit():
            found.add(token.text)
        if token.content and not token.text[0].isdigit() and token.text.lower() not in _MEASURES:
            found.add(token.stem)
    return frozenset(found)


def _choices(sentence: Reading) -> Iterator[_Turn]:
    """Yield what is said to hold in the place of something else: “by order of payment, not of booking”."""
    for mark in sentence.marks:
        before = sentence.tokens[mark.place - 1].text.lower() if mark.place > 1 else ""
        if mark.kind == "neg" and before in _CHOOSING and sentence.tokens[mark.place].text.lower() in _NOT:
            yield _marked(sentence, replace(mark, kind="swap"))


def _ways(sentence: Reading) -> Iterator[_Turn]:
    """Yield the ways that lead from one thing to another, each with the first words behind its two ends."""
    starts = [mark.place + mark.size for mark in sentence.marks if mark.kind == "from"]
    ends = [mark.place + mark.size for mark in sentence.marks if mark.kind == "to"]
    for start in starts:
        for end in ends:
            left, right = _head(sentence.tokens, start), _head(sentence.tokens, end)
            near = 0 < end - start <= _WAY if sentence.language in ("fr", "es") else abs(start - end) <= _REACH
            if left and right and near:
                yield _Turn("from", "", True, left, right)


def _arrows(sentence: Reading) -> Iterator[_Turn]:
    """Yield the ways that arrows draw, from each thing to all that come after it: “stable --> testing --> unstable”."""
    if len(parts := _ARROW.split(sentence.text)) < 2:
        return
    ends = [read(part, sentence.language).tokens for part in parts]
    for left, right in combinations(range(len(parts)), 2):
        leaves = [token.stem for token in ends[left] if token.content][-1:]
        arrives = [token.stem for token in ends[right] if token.content][:1]
        if leaves and arrives:
            yield _Turn("from", "", True, frozenset(leaves), frozenset(arrives))


def _head(tokens: Sequence[Token], place: int) -> frozenset[str]:
    """Return the first word of meaning behind a preposition, unless it is further off than two words."""
    for token in tokens[place : place + 3]:
        if token.content or token.text.isdigit():
            return frozenset({token.stem})
        if not token.text[0].isalnum():
            break
    return frozenset()


def _deeds(sentence: Reading) -> Iterator[_Turn]:
    """Yield who does what to whom, for the verbs that the language's list names."""
    listed = _relations(sentence.language)
    for place, token in enumerate(sentence.tokens):
        if token.stem not in listed or not token.content or _is_noun(sentence, place):
            continue
        point = place
        if sentence.language == "de":
            helpers = [at for at in range(max(0, place - 12), place) if sentence.tokens[at].text.lower() in _HELPERS]
            point = helpers[-1] if helpers else place
        if sentence.language == "de" and sentence.tokens[0].text.lower() not in _NOMINATIVE:
            continue
        before = sentence.tokens[:point][::-1]
        after = [other for other in sentence.tokens[point + 1 :] if other is not token]
        yield _Turn("who", token.stem, not _is_passive(sentence, place), _side(before), _side(after))


def _is_noun(sentence: Reading, place: int) -> bool:
    """Return whether a word that may be a verb is none here: “the reasons for your request”."""
    before = sentence.tokens[place - 1].text.lower() if place else ""
    return sentence.language == "en" and before in _DETERMINERS


@cache
def _relations(language: str) -> frozenset[str]:
    words = LEXICONS.get(language, UNKNOWN).relation_words
    endings = ("", "d", "ed", "s", "ing") if language == "en" else ("",)
    return frozenset(stem_of(f"{word}{ending}", language) for word in words for ending in endings)


def _is_passive(sentence: Reading, place: int) -> bool:
    """Return whether the doer stands behind: a helping verb before, and a “by” near."""
    before = {token.text.lower() for token in sentence.tokens[max(0, place - 9) : place]}
    agents = [mark.place for mark in sentence.marks if mark.kind == "passive"]
    reach = 9 if sentence.language == "de" else 6
    near = any(
        (place < at <= place + reach) or (sentence.language == "de" and place - 9 <= at < place) for at in agents
    )
    return near and bool(before & _PASSIVE_HELPERS)


def _shown(turn: _Turn) -> str:
    return f"{' '.join(sorted(turn.left))} … {' '.join(sorted(turn.right))}"
