"""On for off, north for south, May for March, landlord for tenant: one of a group of words that exclude each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.claims.denial import denied, denied_beside
from agents.claims.lexicon.lexicon import Member
from agents.claims.parts import Clause, Token
from agents.claims.reading import Reading
from agents.claims.rules.quantity.implied import says_too_much
from agents.claims.verdict import Refusal
from agents.text.vocabulary import word_set

_RULE = "opposite"
_DEGREES = word_set(
    """
    more less fewer plus moins más menos mehr weniger
    """
)
_SWITCHING = frozenset({"turn", "switch", "power", "set"})
_ON = word_set("on enabled activated eingeschaltet aktiviert activado activada activar activer activé 有効")
_OFF = word_set("off disabled deactivated ausgeschaltet deaktiviert desactivado desactivados désactivé désactivés 無効")
_OF_DEGREE = frozenset({"plus", "moins", "más", "menos"})
_MONTHS = 6
"""Groups of more words than this are days and months: what is due in March is too late in April."""
_LEAST = 0.5
"""Share of what stands around the word that must stand around its rival in the evidence."""
_LEAST_BESIDE, _CLEARLY = 0.6, 0.2
"""The same where the evidence has the claim's word as well, for something else."""


@dataclass(frozen=True, slots=True)
class _Place:
    token: Token
    clause: Clause
    sentence: Reading


def changed_side(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a word where the evidence has one that excludes it, of the same thing."""
    places = [
        _Place(token, clause, sentence)
        for sentence in evidence
        for clause in sentence.clauses
        for token in _free(clause)
        if token.members
    ]
    for clause in claim.clauses:
        for token in _free(clause):
            for member in token.members:
                if refusal := _judge(token, member, clause, claim, places):
                    return refusal
    return None


def _judge(token: Token, member: Member, clause: Clause, claim: Reading, places: Sequence[_Place]) -> Refusal | None:
    group = member[0]
    rivals = [place for place in places if any(m[0] == group and m[1] != member[1] for m in place.token.members)]
    rivals = [place for place in rivals if not set(place.token.members) & set(token.members)]
    spaced = claim.lexicon.spaced
    own = [place for place in places if member in place.token.members or (spaced and place.token.stem == token.stem)]
    if own and any(_both_sides(other, group) for other in _whole(claim)):
        return None
    if not rivals or (_both_sides(clause, group) and (own or len(claim.lexicon.groups[group]) < 4)):
        return None
    context = _context(clause, group)
    if len(context) < 2 and own:
        return None
    if own or len(context) < 2:
        context = context | _context_of(claim, group)
    best = max(rivals, key=lambda place: _closeness(context, place, group))
    closeness = _closeness(context, best, group)
    least = _LEAST_BESIDE if own else _LEAST
    if closeness < least or len(context) < 2:
        return None
    if own and closeness <= max(_closeness(context, place, group) for place in own) + _CLEARLY:
        return None
    if _is_turned(clause, claim, best) or _is_stated_otherwise(token, member, clause, claim, best):
        return None
    size = len({m for place in places for m in place.token.members if m[0] == group} | {member})
    if size == 2 and (denied_beside(clause, claim) or denied(clause, claim) != denied(best.clause, best.sentence)):
        return None
    return Refusal(_RULE, token.text, best.token.text)


def _is_turned(clause: Clause, claim: Reading, best: _Place) -> bool:
    """Return whether one of the two compares, makes an exception or turns more words round: then both may be true."""
    if _compares(clause, claim) or _compares(best.clause, best.sentence):
        return True
    return _excepts(claim) != _excepts(best.sentence) or _flips(claim.tokens, best.clause.tokens) > 1


def _is_stated_otherwise(token: Token, member: Member, clause: Clause, claim: Reading, best: _Place) -> bool:
    """Return whether the other word is no contrast here, or the claim's as good: then both may be true."""
    if len(claim.lexicon.groups[member[0]]) > _MONTHS and says_too_much(claim):
        return True
    if _within_range(member, claim, best.sentence) or _to_be_switched(token, clause, best):
        return True
    return not claim.lexicon.spaced and _sides_crossed(token, claim, best)


def _within_range(member: Member, claim: Reading, sentence: Reading) -> bool:
    """Return whether a day or month lies between the two that the evidence names: July, of June to September."""
    ends = [m[1] for token in sentence.tokens for m in token.members if m[0] == member[0]]
    size = len(sentence.lexicon.groups[member[0]])
    ranges = _both_sides(_whole(claim)[0], member[0])
    if ranges or size <= _MONTHS or len(ends) != 2 or not any(mark.kind == "to" for mark in sentence.marks):
        return False
    return 0 < (member[1] - ends[0]) % size < (ends[1] - ends[0]) % size


def _to_be_switched(token: Token, clause: Clause, there: _Place) -> bool:
    """Return whether the claim says what must be done about a state: what is off has to be switched on."""
    states = token.text.lower() in _ON and there.token.text.lower() in _OFF
    return states and clause.has("modal", "must") and not there.clause.has("modal")


def _sides_crossed(token: Token, claim: Reading, there: _Place) -> bool:
    """Return whether “B, after A” stands for “before B, A”: with the word, what is before and behind it changed."""
    left, right = _sides(token, claim)
    before, behind = _sides(there.token, there.sentence)
    return len(left & behind) + len(right & before) > len(left & before) + len(right & behind)


def _sides(token: Token, sentence: Reading) -> tuple[set[str], set[str]]:
    """Return what stands before a word and what behind it."""
    words = [other for other in sentence.tokens if other.content and not other.members]
    return (
        {other.stem for other in words if other.start < token.start},
        {other.stem for other in words if other.start > token.start},
    )


def _compares(clause: Clause, sentence: Reading) -> bool:
    """Return whether two things are compared: then a word of degree means nothing without their order."""
    return clause.has("than") or any(mark.kind == "than" for mark in sentence.marks if len(sentence.clauses) < 3)


def _excepts(sentence: Reading) -> bool:
    return any(mark.kind in ("except", "unless") for mark in sentence.marks)


def _flips(here: Sequence[Token], there: Sequence[Token]) -> int:
    """Return how many opposites part two clauses: two of them may say the same again (`the old one more often`)."""
    one = {member for token in here for member in token.members}
    two = {member for token in there for member in token.members}
    flipped = {a[0] for a in one - two for b in two - one if a[0] == b[0] and a[1] != b[1]}
    words = {token.stem for token in here if any(m[0] in flipped and m not in two for m in token.members)}
    degrees = [{token.text.lower() for token in tokens} & _DEGREES for tokens in (here, there)]
    return len(words) + (degrees[0] != degrees[1] and not words & _DEGREES)


def _free(clause: Clause) -> list[Token]:
    """Return the words of a clause that are no part of a limit or a demand; “more” alone may say little."""
    taken = {
        place
        for mark in clause.marks
        if mark.kind in ("bound", "modal", "quant", "approx", "swap") or mark.size > 1
        for place in range(mark.place, mark.place + mark.size)
    }
    free = [token for at, token in enumerate(clause.tokens, start=clause.first) if at not in taken]
    return [token for token in free if token.text.lower() not in _OF_DEGREE and not _preposition(token, clause)]


def _preposition(token: Token, clause: Clause) -> bool:
    """Return whether “on” or “off” is no state: it stands before what it governs, and behind no verb of switching."""
    if token.text.lower() not in ("on", "off"):
        return False
    at = clause.tokens.index(token)
    before = clause.tokens[at - 1].stem if at else ""
    after = clause.tokens[at + 1].text.lower() if at + 1 < len(clause.tokens) else ""
    return before not in _SWITCHING and after not in ("", "by", "when", "during", "and", "or", "if", "while", "at")


def _whole(claim: Reading) -> list[Clause]:
    """Return the claim as one clause, for what is asked of the whole of it."""
    return [Clause(claim.tokens, 0)]


def _both_sides(clause: Clause, group: int) -> bool:
    """Return whether the clause itself has both words: then it compares them, and the order is for others to judge."""
    return len({m[1] for token in clause.tokens for m in token.members if m[0] == group}) > 1


def _context(clause: Clause, group: int) -> set[str]:
    return {
        token.stem
        for token in clause.tokens
        if (token.content or token.text[0].isdigit()) and not any(m[0] == group for m in token.members)
    }


def _context_of(claim: Reading, group: int) -> set[str]:
    return set().union(*(_context(clause, group) for clause in claim.clauses))


def _closeness(context: set[str], place: _Place, group: int) -> float:
    """Return the share of the context around a word of the evidence: its clause whole, its sentence for less."""
    if not context:
        return 0.0
    near = _context(place.clause, group)
    far = _context_of(place.sentence, group) - near
    return (_weight(context & near) + 0.4 * _weight(context & far)) / _weight(context)


def _weight(words: set[str]) -> float:
    """Return how much words tell where they stand: a number tells twice as much as another."""
    return sum(2.0 if word[0].isdigit() else 1.0 for word in words)
