"""Facts that a page states in so many words: found without a model, each the page's own sentence. Pure.

For a reading without a key, and for pages that a model could not be asked about. A sentence's form tells: it is
complete, it can stand alone, and it holds a figure, a price, a date, or says what something is. Languages whose verb
for "is" is not listed give what holds a figure. And each row of a table that has prices is a fact, its cells under
what the table's head says of them.
"""

from __future__ import annotations

import re
from itertools import groupby

from ingestion.describing.grounding import EXTRACT, sentences, telling_words
from ingestion.text.legal import is_legal
from ingestion.text.marks import CELL
from ingestion.understanding.understood import Fact, FactKind
from language.sentences import is_complete

MOST_OWN_FACTS, MOST_PRICED_ROWS = 8, 12
SHORTEST, LONGEST = 25, 320
SHORTEST_SPACELESS = 10

_HANGING_TEXT = """
    this that these those it its they them their he she his her here there then thus so but and or however therefore
    also such both either neither otherwise instead moreover furthermore additionally finally similarly meanwhile
    dies diese dieser dieses das es sie er hier dort dann aber und oder jedoch daher deshalb auch ce cet cette ces cela
    il elle ils elles ici mais et ou donc ainsi aussi este esta esto estos estas ese esa eso ello él ella ellos aquí
    pero y o sin además también これ それ この その しかし また 这 那 它 但 但是 而且"""
_HANGING = frozenset(_HANGING_TEXT.split())
"""A sentence that begins with one of these is understood only with the one before it."""
_MONEY = re.compile(r"(?:[€$£¥₹]\s?\d|\d\s?(?:[€£¥₹$円元]|(?:EUR|USD|GBP|CHF|JPY|euros?|dollars?)\b))")
_VARIABLE = re.compile(r"\$[A-Za-z_{$(*@#?]|=\s?\$\d|\$\d+\$")
"""The sign of a dollar before a name or a sign of the shell, for a value in a program, or on both sides: no price."""
_YEAR = re.compile(
    r"\b(?:1[89]|20)\d\d-\d\d-\d\d\b|(?:1[89]|20)\d\d年|"
    r"(?:(?:\b(?:in|since|until|till|of|from|by|before|after|between|and|to|around|year|im|seit|bis|ab|von|vor|nach|Jahr|en|"
    r"depuis|de|del|année|desde|hasta|año|[A-Z]\w{2,8}\.?|\d{1,2}\.?)|\d,|[–/-])\s|[(–/])"
    r"(?P<year>(?:1[89]|20)\d\d)\b(?![.,-]\d|\s[a-z]+s\b)"
)
"""A year stands behind a word of time, a month or a day: "2048 bits" and "more than 2000" are figures."""
_STANDARD = re.compile(r"\b[A-Z]{2,8}[\s-]\d[\d.:-]*")
"""RFC 2822, ISO 8601: their number is a name."""
_SAMPLE = re.compile(r"\b(?:for example|for instance|e\.g\.|such as|zum Beispiel|z\. ?B\.|par exemple|por ejemplo)")
"""A date behind it shows how dates are written, mostly."""
_FIGURE = re.compile(r"(?<![A-Za-z_\d])(?<![A-Za-z]\()\d")
"""Not the one of a name: "v2", "i18n", "git(1)"."""
_IS = re.compile(
    r"^(?P<about>(?:(?:The|A|An|Der|Die|Das|Le|La|L['’]|El|Los|Las)\s)?[^\s,;:]+(?:\s[^\s,;:]+){0,3}?)\s"
    r"(?:is|are|means|provides|offers|ist|sind|bietet|est|sont|offre|es|son|ofrece)\s(?:not\s)?"
    r"|^(?P<japanese>[^、。,\s]{1,24})(?<![こるた])とは(?!異な|違|限|言|い[えうっ]|思|存じ|別|関係|逆)"
    r"|^(?P<chinese>[^，。,\s\u3040-\u30ff]{1,16})(?:是一|提供)(?![\u3040-\u30ff])",
)
_COSTS = re.compile(
    r"^(?P<about>(?:(?:The|A|An|Der|Die|Das|Ein|Eine|Le|La|L['’]|Un|Une|El|Los|Las|Una)\s)?[^\s,;:]+(?:\s[^\s,;:]+){1,3}?)"
    r"\s(?:costs?|kostet|kosten|coûte|coûtent|cuesta|cuestan)\s|^(?P<unspaced>[^、。，,\s]{4,24}?)(?:は|为|為)"
)
_DEFINES = re.compile(
    r"\s(?:(?:is|are)\s(?:not\s)?(?:an?|the|one)|means|provides|offers|(?:ist|sind)\s(?:ein|eine|der|die|das)|bietet|"
    r"(?:est|sont)\s(?:une?|le|la|les|des)|offre|(?:es|son)\s(?:una?|el|la|los|las)|ofrece)\s"
    r"(?!(?:also|only|additionally|auch|nur|zusätzlich|aussi|seulement|également|también|solo|sólo|además)\b)"
    r"(?!(?:an?|the|die|eine|la|une?|una)\s(?:\w{1,20}\s)?"
    r"(?:possibility|ability|option|opportunity|chance|way|Möglichkeit|possibilité|posibilidad)\b)"
)
"""An article behind the verb tells "a marina is a harbour" from "the pier is closed". What is said besides ("provides
also"), and what can be done ("offers the possibility to"), is no meaning of its subject."""
_SUBORDINATE_TEXT = """
    since if when while because although though unless once as after before where wenn weil da obwohl si quand lorsque
    comme puisque cuando aunque porque como all most many some several no every each any alle viele einige tous
    plusieurs certains todos muchos algunos"""
_SUBORDINATE = frozenset(_SUBORDINATE_TEXT.split())
"""What begins with one of these says something of a case or a number of things, and names nothing."""
_NAMES_NOTHING_TEXT = """
    absence alternative answer argument beginning case default difference effect example exception following format
    goal idea input name note number only option optional order output parameter point preferred problem purpose
    rationale reason result return returns separator syntax value
    after also although at before by during for from here in just now on only often otherwise sometimes there to under
    using usually with within without"""
_NAMES_NOTHING = frozenset(_NAMES_NOTHING_TEXT.split())
"""What begins with one of these means something of the sentences around it."""
_EXAMPLES = frozenset({"case", "example", "exception", "reason"})
"""What ends with one of these is one of the things that the page speaks of: "a common example"."""
_CASE = re.compile(r"(?:non-|null$|empty$|missing$|zero$|negative$|positive$)", re.IGNORECASE)
"""What begins so is a case of a thing: "a null hash means ..." says nothing of what a hash is."""
_SAYS_NO_KIND = re.compile(
    r"\s(?:is|are)\s(?:not\s)?(?:(?:the|an?)\s(?:same|only|preferred|recommended|default|best|easiest|special|reason|"
    r"result|exception|case|must|good|great|bad|common|most|number of)\b|one\sof\sthe\s(?:most|best)\b)"
)
_ARTICLE = re.compile(r"^(?:A|An|Der|Die|Das|Ein|Eine|Le|La|L['’]|Un|Une|El|Los|Las|Una)\b\s?")
NEW_WORDS_LEAST = 2
_POINTS_ELSEWHERE = re.compile(
    r"^\W*(?:\d{1,3}\.?\s|(?:see|for example|for more|for information|note|e\.g\.|i\.e\.)\b)|"
    r"\bsee\s(?:also\s)?(?:section|chapter|table|appendix)\b",
    re.IGNORECASE,
)
"""Its figure is the number of a section, of a step or of an example."""
_ENUMERATED = re.compile(r"^(?:\d{1,3}\.){2,6}\s")
_WORD = re.compile(r"[^\W\d_]{3,}")
_LISTLIKE = re.compile(r"[|•·→©®]|https?://|\.{4,}|>>>")


def facts_in_own_words(text: str, *, most: int = MOST_OWN_FACTS) -> list[Fact]:
    """Return up to `most` facts of a page in its own words: definitions and prices first, each in the page's order.

    The rows of its tables of prices come first, up to MOST_PRICED_ROWS of them.
    """
    found: dict[str, tuple[int, Fact]] = {}
    for sentence in sentences(text):
        if _stands_alone(sentence) and (ranked := _ranked(sentence)) is not None:
            found.setdefault(sentence, ranked)
    chosen = sorted(found.values(), key=lambda each: each[0])[:most]  # stable: of equal ones the first
    kept = {fact.quote for _, fact in chosen}
    return [*_priced_rows(text), *(fact for quote, (_, fact) in found.items() if quote in kept)]


def _priced_rows(text: str) -> list[Fact]:
    """Return a fact for each row with a price. None says what it is about: one name may be two things in two tables."""
    found: dict[str, Fact] = {}
    for cells, rows in groupby(text.splitlines(), key=lambda line: line.count(CELL)):
        head, *body = [[cell.strip() for cell in row.split(CELL)] for row in (rows if cells else [""])]
        if any(map(_MONEY.search, head)) or not head[-1]:
            continue  # the first row is one like the others: nothing says what the cells are
        for row in body:
            if row[0] and any(map(_MONEY.search, row[1:])) and not _VARIABLE.search(" ".join(row)):
                values = [f"{name} {cell}".strip() for name, cell in zip(head[1:], row[1:], strict=True) if cell]
                statement = f"{row[0]}: {', '.join(values)}"
                quote = CELL.join(row)
                if len(statement) <= LONGEST:
                    found.setdefault(quote, Fact(statement=statement, quote=quote, kind="price", by=EXTRACT))
    return list(found.values())[:MOST_PRICED_ROWS]


def _ranked(sentence: str) -> tuple[int, Fact] | None:
    about = _defined(sentence)
    kind: FactKind
    if _MONEY.search(sentence) and not _VARIABLE.search(sentence):
        rank, kind, about = 0, "price", about or _priced(sentence)
    elif about and _is_term(about, sentence):
        rank, kind = 1, "term"
    elif date := _date(sentence):
        return 2, Fact(statement=sentence, quote=sentence, kind="event", date=date, by=EXTRACT)
    elif _FIGURE.search(sentence) and not _POINTS_ELSEWHERE.search(sentence):
        rank, kind = 3, "other"
    else:
        return None
    return rank, Fact(statement=sentence, quote=sentence, kind=kind, about=about, by=EXTRACT)


def _date(sentence: str) -> str:
    """Return the day or the year of which the sentence speaks; "" where it speaks of none."""
    said = _STANDARD.sub("", _SAMPLE.split(sentence)[0])
    found = _YEAR.search(said)
    return (found["year"] or found.group().rstrip("年")) if found else ""


def _defined(sentence: str) -> str:
    """Return what the sentence says the meaning of; "" where it defines nothing."""
    found = _IS.match(sentence)
    about = next(filter(None, found.groups()), "") if found else ""
    words = about.casefold().split()
    spaced = found is not None and found["about"] is not None
    if spaced and (_SUBORDINATE.intersection(words[:1]) or _HANGING.intersection(words)):
        return ""
    return about if not spaced or _DEFINES.match(sentence, len(about)) else ""


def _priced(sentence: str) -> str:
    """Return what the sentence says the price of, where it is named by two words or four signs; else ""."""
    found = _COSTS.match(sentence)
    return next(filter(None, found.groups()), "") if found else ""


def _is_term(about: str, sentence: str) -> bool:
    """Return whether what a sentence defines is a name or a kind of thing, and the sentence says what it is.

    “The separator is the string …” speaks of something on its page; “An X is a special X” says nothing. In languages
    without spaces the form of the definition is enough.
    """
    if " " not in sentence:
        return True
    names = (bare := _ARTICLE.sub("", about)).removeprefix("The ").split()
    if not names or len(bare) < 2 or not bare[0].isalpha() or any(name.endswith((".", ")")) for name in names):
        return False
    if names[0].casefold() in _NAMES_NOTHING or names[-1].casefold() in _EXAMPLES or _CASE.match(names[0]):
        return False
    if _SAYS_NO_KIND.match(sentence, len(about)):
        return False
    has_article = bare != about and not bare.startswith("The ")
    if not has_article and len(names) > 1 and not all(name[0].isupper() for name in names):
        return False  # neither a name nor one of a kind: perhaps no subject at all
    if bare.startswith("The ") and not (len(names) > 1 and all(name[0].isupper() for name in names)):
        return False  # the one that was spoken of before
    return len(set(telling_words(sentence[len(about) :])) - set(telling_words(about))) >= NEW_WORDS_LEAST


def _stands_alone(sentence: str) -> bool:
    spaced = " " in sentence
    if not (SHORTEST if spaced else SHORTEST_SPACELESS) <= len(sentence) <= LONGEST:
        return False
    first = sentence.split()[0].strip("\"'“”„«»(,").casefold() if spaced else sentence
    hangs = first in _HANGING if spaced else sentence.startswith(tuple(word for word in _HANGING if not word.isascii()))
    if sentence.count("(") != sentence.count(")"):
        return False  # a part of one that was cut in two
    if spaced and all(word[0].isupper() for word in _WORD.findall(sentence)):
        return False  # a title, or the name of a conference
    if sentence.endswith(("?", "？")) or _ENUMERATED.match(sentence) or is_legal(sentence):
        return False
    return is_complete(sentence) and not hangs and not _LISTLIKE.search(sentence) and not sentence[0].islower()
