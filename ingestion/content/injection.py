"""Does a page speak to the model that reads it? Deterministic signs, described in words. Pure.

Nothing depends on the answer: whatever a page says is data (`text.fencing`), no tool can be reached from it, and what a
model makes of it is held against the page (`describing.grounding`). The signs are shown, so that a person knows what
was tried. All that a page carries is searched: what it shows, what it hides, its comments, the texts of its attributes.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from lxml import etree

from ingestion.text.fencing import INVISIBLE, ROLE_SIGNS

WORDS = "This page contains text that addresses the model; it was treated as data."
MOST_SIGNS = 5
LONGEST_SIGN = 80
LEAST_TAG_CHARACTERS = 8
LEAST_INVISIBLE_RUN = 12

_SHOWN_OR_HIDDEN = etree.XPath("//text()[not(parent::script) and not(parent::style)]", smart_strings=False)
_OF_ATTRIBUTES = etree.XPath("//@alt | //@aria-label | //@content | //@placeholder | //@title", smart_strings=False)
_TAGS = re.compile("[\U000e0020-\U000e007e]")
_FLAG_EMOJI = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_INVISIBLE_RUN = re.compile(f"[\u200b-\u200d\u2060-\u2064\ufeff]{{{LEAST_INVISIBLE_RUN},}}")
# Letters of other alphabets that look like Latin ones, so that English phrases are found that are written with some.
_HAS_LOOKALIKE = re.compile("[асеорхуіѕјԁոαεορικν]")
_LOOKALIKES = str.maketrans("асеорхуіѕјԁոαεορικν", "aceopxyisjdnaeopikv")

_SET_ASIDE = r"(?:ignore|disregard|forget|override|bypass|discard)"
_BEFORE = r"(?:previous|prior|above|earlier|preceding|former|foregoing|original|initial|system|existing)"
_ORDERS = r"(?:instructions?|prompts?|directives?|orders|guidelines|system messages?)"
_MACHINE = r"(?:ai|a\.i\.|llm|(?:large )?language model|ai model|chat ?bot|ai assistant|ai agent|gpt(?:-?\d\w*)?)"
_WHO_READS = r"(?:dear|hey|hello|attention|note to|notice to|message (?:to|for)|instructions? (?:to|for))"

_PHRASES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_SET_ASIDE}\b(?: \w+){{0,4}} {_BEFORE}(?: \w+){{0,2}} {_ORDERS}\b",
        rf"\b{_SET_ASIDE} (?:all |any |every )?(?:of )?(?:the |your |these |those )?(?:\w+ )?{_ORDERS} "
        r"(?:above|before|so far|that came|you (?:were|have been) given|up to now)\b",
        rf"\b{_SET_ASIDE} (?:all |everything )?(?:of )?your (?:\w+ )?(?:{_ORDERS}|programming)\b",
        rf"\b{_SET_ASIDE} (?:everything|anything|all) "
        r"(?:you (?:were|have been) told|that came before|above this|before this)\b",
        rf"\b(?:if|when|since|as|because) you(?: are|'re|’re) an? {_MACHINE}\b",
        rf"\b{_WHO_READS} (?:all |any |the |every )?{_MACHINE}s?(?: \w+)?\s*[:,!.–—-]",
        r"\byou are (?:now|no longer|henceforth) (?:an? |the |in )?(?:\w+ )?"
        rf"(?:{_MACHINE}|assistant|dan|developer mode|jailbroken|unrestricted|uncensored)\b",
        r"\bfrom now on,? you (?:are|will|must|shall|should|act|answer|respond|reply|only)\b",
        # A manual says to its reader “…, and your only task is to choose a disk”.
        r"(?:\byour (?:new|real|true|actual)|(?<!\band )\byour only) "
        r"(?:task|instructions?|role|goal|objective|purpose|mission) (?:is|are)\b",
        r"\b(?:reveal|print|repeat|show|output|leak|disclose|return)(?: me)? (?:your|the)(?: \w+)? "
        r"(?:system|hidden|initial|secret) (?:prompt|instructions?|message)\b",
        r"\b(?:do not|don't|don’t|never) (?:tell|inform|mention (?:this|it) to|reveal (?:this|it) to|alert|warn) "
        r"(?:the |your )?(?:user|human|operator)s?\b",
        r"\b(?:begin|start|end) (?:of )?(?:the )?(?:new |admin |developer )?system (?:prompt|message|override)\b",
        r"\b(?:act|behave|respond|answer) as (?:an? )?(?:unrestricted|uncensored|unfiltered|jailbroken)\b",
        r"\b(?:ignoriere|missachte|vergiss)\b(?: \w+){0,3} (?:vorherigen|bisherigen|obigen|früheren)(?: \w+)? "
        r"(?:anweisungen|befehle|vorgaben)\b",
        r"\b(?:ignore[zr]?|oublie[zr]?)\b(?: \w+){0,3} (?:instructions|consignes|directives) "
        r"(?:précédentes|antérieures|ci-dessus)\b",
        r"\b(?:ignora|ignore|olvida|olvide)\b(?: \w+){0,3} (?:instrucciones|órdenes|indicaciones) "
        r"(?:anteriores|previas)\b",
    )
)
_SET_ASIDE_WORDS = ("ignore", "disregard", "forget", "override", "bypass", "discard")
_NEEDED: tuple[tuple[str, ...], ...] = (
    *([_SET_ASIDE_WORDS] * 4),
    ("you are a", "you're a", "you’re a"),
    ("dear", "hey", "hello", "attention", "note to", "notice to", "message", "instruction"),
    ("you are now", "you are no longer", "you are henceforth"),
    ("from now on",),
    ("your new", "your real", "your true", "your actual", "your only"),
    ("prompt", "instruction", "message"),
    ("do not tell", "don't tell", "don’t tell", "never ", "inform", "mention", "reveal", "alert", "warn"),
    ("system prompt", "system message", "system override"),
    ("unrestricted", "uncensored", "unfiltered", "jailbroken"),
    ("ignoriere", "missachte", "vergiss"),
    ("ignore", "oublie"),
    ("ignora", "ignore", "olvid"),
)
"""Of each phrase, words of which one must stand there: they are looked for first, since that costs next to nothing."""
_ROLE_AT_LINE_START = re.compile(
    r"^[^\w\n]*(?:system|developer)(?: prompt| message| override)?\s*[:\]>]\s*"
    r"(?:you (?:are|must|will|should)|ignore|disregard|forget|do not|never|always|from now)\b",
    re.M,
)


def signs_in_page(tree: Any) -> list[str]:
    """Return what in a parsed page addresses a model, script and style left out; comments are searched."""
    return signs_in("\n".join(_texts(tree)))


def signs_in(text: str) -> list[str]:
    """Return what in a text addresses a model, each sign in words; most texts have none."""
    hidden = "".join(chr(ord(found) - 0xE0000) for found in _TAGS.findall(_FLAG_EMOJI.sub("", text)))
    lines = _plain(f"{text}\n{hidden}")
    # Across line ends, too: a page's source breaks its sentences anywhere.
    flat = " ".join(lines.split())
    possible = [
        pattern for pattern, words in zip(_PHRASES, _NEEDED, strict=True) if any(word in flat for word in words)
    ]
    found = [pattern.search(flat) for pattern in possible] + [_ROLE_AT_LINE_START.search(lines)]
    signs = [f"“{_short(each.group())}”" for each in found if each is not None]
    if turn := ROLE_SIGNS.search(text):
        signs.append(f"the sign of a speaker’s turn, {_short(turn.group())}")
    if len(hidden) >= LEAST_TAG_CHARACTERS or _INVISIBLE_RUN.search(text):
        signs.append("writing in invisible characters")
    return signs[:MOST_SIGNS]


def _texts(tree: Any) -> list[str]:
    texts: list[str] = [text for text in _SHOWN_OR_HIDDEN(tree) if not text.isspace()]
    texts += [comment.text or "" for comment in tree.iter(etree.Comment)]
    texts += _OF_ATTRIBUTES(tree)
    return texts


def _plain(text: str) -> str:
    """Return the text as it reads: lower case, nothing invisible, look-alikes as Latin letters."""
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    return text.translate(_LOOKALIKES) if _HAS_LOOKALIKE.search(text) else text


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SIGN else text[: LONGEST_SIGN - 1] + "…"
