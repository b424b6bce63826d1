"""Sentences, words and word stems: what the checks of a post compare.

Owns how text is cut up. What counts as a fault in it is `grounding`'s business.
Light on purpose: the same cutting is applied to a source and to what was written from it, so that a crude
stem does no harm as long as it is equally crude on both sides.
"""

import re
from collections.abc import Iterator

import re2

_WORD = re.compile(r"[^\W_]+(?:[._'’+/@:-]+[^\W_]+)*[+#]*|\w+", re.UNICODE)
_CODE_SPAN = re2.compile(r"`+([^`]+)`+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
_SENTENCE_END = re.compile(r"""(?:(?<![.!?…])[.!?…]+[)\]"'”’»`*_]*(?=\s|$)|[。！？]+)""")
_COMPLETE = re.compile(r"""[.!?…。！？][)\]"'”’»`*_]*$""")


def word_set(text: str) -> frozenset[str]:
    """The words of a written-out list."""
    return frozenset(text.split())


_ABBREVIATIONS = word_set(
    """
    e.g i.e etc vs cf dr mr mrs ms prof inc ltd co corp no fig approx dept est jr sr st al ed vol resp
    """
)
_BULLET = re.compile(r"^\s*(?:[-*+•‣·●○▪■►–—]|\d{1,2}[.)])\s+")
_TWO_TO_TWENTY = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty
"""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NUMBER_WORDS = {word: str(value) for value, word in enumerate(_TWO_TO_TWENTY.split(), start=2)} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90", "hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000",
    "dozen": "12",
}  # fmt: skip

# Words that say nothing by themselves. The last lines are verbs and connectives any writer needs: a sentence
# is not less true for them, and not more.
STOP_WORDS = word_set(
    """
    a about above after again all am an and any are aren as at be because been before being below
    between both but by can could did do does doing down during each else even every few for from
    further had has have having he her here hers herself him himself his how i if in into is it its
    itself just least less like ll may me might more most must my myself of off on once one only onto or
    other our ours ourselves out over own per quite rather re s same shall she should since so some such
    t than that the their theirs them themselves then there these they this those though through thus to
    too under until up upon us ve very via was we were what whatever when where whether which while who
    whom whose why will with within would yet you your yours yourself also additionally although another
    around besides consequently finally furthermore hence however indeed instead likewise meanwhile
    moreover nevertheless next overall similarly still therefore together allow allows allowing allowed
    become becomes get gets getting got give gives given include includes including included let lets
    make makes making made provide provides provided providing thing things use used uses using useful
    way ways well example examples instance various several many much not no nor never none cannot
    without don doesn didn isn wasn weren won wouldn shouldn couldn can't don't
    """
)
NEGATIONS = word_set(
    """
    not no never none nor neither cannot without unable avoid unless isn't aren't wasn't weren't don't
    doesn't didn't won't wouldn't shouldn't couldn't can't hasn't haven't hadn't mustn't nothing
    """
)
_IRREGULAR = {
    "used": "use", "using": "use", "uses": "use", "written": "write", "wrote": "write", "ran": "run",
    "made": "make", "built": "build", "sent": "send", "gave": "give", "given": "give", "took": "take",
    "taken": "take", "knew": "know", "known": "know", "shown": "show", "found": "find", "kept": "keep",
    "held": "hold", "chose": "choos", "chosen": "choos", "broke": "break", "broken": "break",
    "began": "begin", "begun": "begin", "children": "child",
    "saw": "see", "seen": "see", "said": "say", "told": "tell",
    "thought": "think", "came": "come", "went": "go", "gone": "go", "left": "leave", "lost": "lose",
    "meant": "mean", "sold": "sell", "bought": "buy", "grew": "grow", "grown": "grow", "people": "person",
    "men": "man", "women": "woman", "indices": "index", "indexes": "index", "data": "data",
}  # fmt: skip
_SUFFIXES = (
    "ization", "isation", "ational", "ingly", "ation", "ition", "ator", "ment", "ness", "able", "ible",
    "ally",
    "ing", "ion", "ive", "ity", "ful", "ize", "ise", "ed", "er", "or", "ly", "al",
)  # fmt: skip


def one_line(text: str) -> str:
    """The text with every run of white space made one space."""
    return " ".join(text.split())


def paragraphs(text: str) -> Iterator[str]:
    """Paragraphs, titles and list items of a passage, each a line of it, bullets taken off."""
    for line in text.splitlines():
        if bare := one_line(_BULLET.sub("", line)):
            yield bare


def split_sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph, in order, each as it stands there; the last may be incomplete."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(paragraph):
        end = match.end()
        if match.group()[0] == "." and _is_abbreviation(paragraph[start : match.start()]):
            continue
        rest = paragraph[end:].lstrip()
        if rest and rest[0].islower() and match.group()[0] in ".…":
            continue
        found.append(paragraph[start:end].strip())
        start = end
    if tail := paragraph[start:].strip():
        found.append(tail)
    return [sentence for sentence in found if sentence]


def sentences(text: str) -> list[str]:
    """All sentences of a source, paragraph by paragraph."""
    return [sentence for paragraph in paragraphs(text) for sentence in split_sentences(paragraph)]


def is_complete(sentence: str) -> bool:
    """Whether the sentence ends as one, and was not cut off."""
    return bool(_COMPLETE.search(sentence.rstrip()))


def words(text: str) -> list[str]:
    """Words as they stand, code names, versions and addresses in one piece."""
    return _WORD.findall(text.replace("’", "'"))


def stem(word: str) -> str:
    """A crude, stable stem of one word."""
    word = word.lower().removesuffix("'s").strip("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.isalpha() or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in _SUFFIXES:
        least = 3 if len(suffix) <= 3 else 4
        if word.endswith(suffix) and len(word) - len(suffix) >= least:
            word = word[: -len(suffix)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiousl":
        word = word[:-1]
    if len(word) > 3 and word[-1] in "eyi":
        word = word[:-1]
    return word


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order, repeated as in the text; numbers left out."""
    found: list[str] = []
    for word in words(text):
        low = word.lower()
        if low in STOP_WORDS or low.partition("'")[0] in STOP_WORDS:
            continue
        if _NUMBER.fullmatch(low) or low in _NUMBER_WORDS:
            continue
        if _CJK.search(low):
            found.extend(_pairs(low))
        elif re.search(r"[-/]", low) and not re.search(r"[.@:\d]", low):
            found.extend(stem(part) for part in re.split(r"[-/]", low) if part and part not in STOP_WORDS)
        elif len(low) > 1:
            found.append(stem(low))
    return found


def numbers(text: str) -> set[str]:
    """Every number in the text, digits or words, in one spelling: `1,000`, `1000` and `thousand` are one."""
    found = {_plain_number(match) for match in _NUMBER.findall(text)}
    found |= {_NUMBER_WORDS[word] for word in (w.lower() for w in words(text)) if word in _NUMBER_WORDS}
    return found


def counted(text: str) -> list[tuple[str, set[str]]]:
    """Every number with the stems next to it on either side, which say what it counts."""
    found = words(text)
    names = []
    for place, word in enumerate(found):
        for number in numbers(word):
            before = next((stems for w in reversed(found[:place]) if (stems := content_stems(w))), [])
            after = next((stems for w in found[place + 1 :] if (stems := content_stems(w))), [])
            names.append((number, {*before[-1:], *after[:1]}))
    return names


def code_spans(text: str) -> list[str]:
    """What stands between backticks."""
    return [one_line(span) for span in _CODE_SPAN.findall(text)]


def names(sentence: str) -> list[str]:
    """Words of the sentence that name something: capitalised inside it, written as code, or an address."""
    found = words(sentence)
    return [word for place, word in enumerate(found) if _is_name(word, first=place == 0)]


def negated(text: str) -> bool:
    """Whether the text says no to something."""
    return any(word.lower() in NEGATIONS or word.lower().endswith("n't") for word in words(text))


def normal(sentence: str) -> str:
    """The sentence reduced to its words in lower case: equal for sentences in the same words."""
    return " ".join(word.lower() for word in words(sentence))


def shorten(text: str, chars: int) -> str:
    """The text's first whole sentences up to `chars` characters; cut between words if the first is longer."""
    if len(text) <= chars:
        return text
    cut = text[: chars + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(cut) if match.end() <= chars]
    if ends and ends[-1] >= chars // 3:
        return text[: ends[-1]].rstrip()
    return text[:chars].rsplit(None, 1)[0].rstrip()


def _is_abbreviation(before: str) -> bool:
    last = before.rsplit(None, 1)[-1].lower().lstrip("([\"'“") if before.strip() else ""
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha())


def _is_name(word: str, *, first: bool) -> bool:
    if word.lower() in STOP_WORDS or _NUMBER.fullmatch(word):
        return False
    if re.search(r"[._@/:+#\d]", word) and re.search(r"[^\W\d_]", word):
        return True
    if any(letter.isupper() for letter in word[1:]):
        return True
    return not first and word[0].isupper()


def _pairs(text: str) -> list[str]:
    return [text] if len(text) < 2 else [text[place : place + 2] for place in range(len(text) - 1)]


def _plain_number(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    return number.rstrip(".,:")
