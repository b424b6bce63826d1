"""One word changed for another in a sentence that is otherwise the source's, word for word.

Such a sentence is a copy, and no paraphrase, so the changed word is what it claims. It is refused where the two words
cannot mean the same: one is the name of another thing that the source speaks of elsewhere (`because the motor trembles`
for `the air trembles`), or the two are small words that exclude each other (`after a restart` for `without a restart`).
Whether a word that the source has nowhere is a synonym is left to the judge of meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from agents.claims.parts import Mark, Token
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal
from agents.text.vocabulary import word_set

_LEAST_KEPT, _SHARE_KEPT = 4, 0.6
"""Words that both have in the same order, articles aside: so many, and this share of the claim's."""
_ARTICLES = word_set(
    """
    a an the der die das den dem des ein eine einen einem einer le la les l un une des el los las lo uno una
    """
)
_WITHOUT = word_set("without ohne sans sin")
_WITH = word_set(
    "with after before during mit nach vor während avec après avant pendant con tras después antes durante"
)
_OPPOSITE_LIMITS = frozenset({("ge", "le"), ("le", "ge"), ("gt", "lt"), ("lt", "gt")})

_Slot = tuple[Sequence[Token], Sequence[Token]]


def changed_word(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a copy of a sentence in which one word gave way to another that says something else."""
    if not claim.lexicon.spaced:
        return None
    if any(claim.stems <= sentence.stems for sentence in evidence if not _slots(claim, sentence)):
        return None
    for at, sentence in enumerate(evidence):
        for here, there in _slots(claim, sentence):
            if _other_thing(here, there, at, evidence) or _excludes(here, there) or _turned_limit(claim, sentence):
                return Refusal("swapped", _text(here), _text(there))
    return None


def _slots(claim: Reading, sentence: Reading) -> list[_Slot]:
    """Return where the claim has other words than a sentence that it copies; nothing where it is no copy."""
    mine, theirs = _words(claim), _words(sentence)
    matcher = SequenceMatcher(
        None, [_form(token) for token in mine], [_form(token) for token in theirs], autojunk=False
    )
    steps = matcher.get_opcodes()
    kept = sum(i2 - i1 for tag, i1, i2, _, _ in steps if tag == "equal")
    if kept < _LEAST_KEPT or kept < _SHARE_KEPT * len(mine):
        return []
    if any(tag in ("insert", "delete") and 0 < j1 < len(theirs) for tag, _, _, j1, _ in steps):
        # Words came or went within the sentence: it is written anew. At its ends, the claim takes a part of it.
        return []
    found: list[_Slot] = [(mine[i1:i2], theirs[j1:j2]) for tag, i1, i2, j1, j2 in steps if tag == "replace"]
    return found if sum(any(token.content for token in here) for here, _ in found) <= 1 and len(found) <= 2 else []


def _words(reading: Reading) -> list[Token]:
    return [token for token in reading.tokens if token.text[0].isalnum() and token.text.lower() not in _ARTICLES]


def _form(token: Token) -> str:
    return token.stem if token.content else token.text.lower()


def _other_thing(here: Sequence[Token], there: Sequence[Token], at: int, evidence: Sequence[Reading]) -> bool:
    """Return whether one noun gave way to another that the evidence speaks of apart from the first."""
    one, two = _one_word(here), _one_word(there)
    if not one or not two or one == two:
        return False
    stems = [sentence.stems for sentence in evidence]
    spoken_of = [place for place, held in enumerate(stems) if one in held]
    if not spoken_of or any(one in held and two in held for held in stems):
        # Named together, the two may be one thing: “Redis is a database”.
        return False
    # “The animals” may stand for the wolves of an earlier sentence.
    takes_up = two not in set().union(*stems[:at]) and min(spoken_of) < at and _opens(there, evidence[at])
    return not takes_up


def _one_word(tokens: Sequence[Token]) -> str:
    stems = [token.stem for token in tokens if token.content]
    return stems[0] if len(stems) == 1 and len(tokens) <= 2 else ""


def _opens(tokens: Sequence[Token], sentence: Reading) -> bool:
    """Return whether the word is what the sentence begins with, behind an article."""
    return sentence.tokens[0].text.lower() in _ARTICLES and tokens[-1] is sentence.tokens[1]


def _excludes(here: Sequence[Token], there: Sequence[Token]) -> bool:
    """Return whether `without` gave way to a word that needs what it denies, or the other way round."""
    one, two = {token.text.lower() for token in here}, {token.text.lower() for token in there}
    return bool((one & _WITHOUT and two & _WITH) or (one & _WITH and two & _WITHOUT))


def _turned_limit(claim: Reading, sentence: Reading) -> bool:
    """Return whether `at most` stands for `at least` in the copy; other rules hold limits of amounts."""
    one, two = _limit(claim.marks), _limit(sentence.marks)
    return not claim.amounts and (one, two) in _OPPOSITE_LIMITS


def _limit(marks: Sequence[Mark]) -> str:
    found = [mark.value for mark in marks if mark.kind == "bound"]
    return found[0] if len(found) == 1 else ""


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)
