"""Where a text says an amount. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.claims.amounts.amount import Amount, Unit
from agents.claims.amounts.fixed_phrases import fixed_amounts
from agents.claims.amounts.number_words import figures_value, number_words, words_pattern
from agents.claims.amounts.units import COUNTERS, MONEY, SCALES, UNITS

_DIGITS = re.compile(
    r"(?<![\w.,])(?P<sign>(?:[-−–+](?=\d))|(?:(?:minus|(?<!au )(?<!ou )(?<!de )moins|(?<!al )(?<!lo )(?<!más o )menos|マイナス|零下)\s?(?=\d)))?"
    r"(?P<number>\d{1,3}(?:[\u202f\u00a0' ]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*)(?!\.?\d)",
    re.IGNORECASE,
)
_CJK_DIGITS = re.compile(r"(?P<sign>[-−])?(?P<number>\d+(?:[.,]\d+)*)")
_FIGURES = re.compile(r"[〇零一二三四五六七八九十百千两]+(?=[万億亿]?)[万億亿]?")
_CURRENCY_BEFORE = re.compile(r"(€|\$|£|¥|EUR|USD|GBP|CHF)\s?$")
_AFTER = re.compile(r"[\s\u00a0\u202f-]?\s?([^\W\d_]+(?:/[a-z]+)?|°\s?[CF]?|%|％|€|\$|£|¥|¢)", re.IGNORECASE)
_PER_CENT = re.compile(
    r"\s?(?:per cent|pour cent|por ciento|percentage points?|prozentpunkten?|points? de pourcentage|"
    r"puntos? porcentual(?:es)?)\b|ポイント",
    re.IGNORECASE,
)
_CENTS_AFTER = re.compile(r"\s?(?:and|und|et|y)?\s?(\d{2})(?!\d)(?:\s?(?:centimes?|céntimos?|cents?))?")
_GAPS = re.compile(r"[\u202f\u00a0' ]")
_POINTS = re.compile(r"[.,]")
_HEAT = frozenset({"celsius", "fahrenheit"})
_COMMA_PARTS = frozenset({"en", "ja", "zh"})
_OF = re.compile(r"\s(?:de|d')(?=\s|\w)")
_KNOWN = frozenset(UNITS) | frozenset(SCALES)
_APPROXIMATE = re.compile(
    r"(?:about|around|roughly|some|nearly|almost|approximately|over|more than|under|less than|etwa|rund|ungefähr|fast|"
    r"knapp|circa|gut|über|environ|près de|presque|à peu près|plus de|unos|unas|alrededor de|cerca de|casi|más de|約|"
    r"およそ|ほぼ|大约|约)\s?(?:a |an |the |la |les |ein |einen )?[€$£¥]?$",
    re.IGNORECASE,
)


def find_amounts(text: str, language: str) -> list[Amount]:
    """Return the amounts of a text, in order."""
    found = fixed_amounts(text, language)
    taken = [(amount.start, amount.end) for amount in found]
    for start, end, values, in_words in [*_in_digits(text, language), *_in_words(text, language)]:
        if any(start < other_end and end > other_start for other_start, other_end in taken):
            continue
        amount = _with_unit(text, start, end, values, in_words=in_words)
        taken.append((start, amount.end))
        found.append(amount)
    whole = [
        amount
        for amount in found
        if not any(other is not amount and other.start <= amount.start and amount.end <= other.end for other in found)
    ]
    return sorted(whole, key=lambda amount: amount.start)


def _in_digits(text: str, language: str) -> Iterator[tuple[int, int, frozenset[float], bool]]:
    pattern = _CJK_DIGITS if language in ("ja", "zh") else _DIGITS
    for match in pattern.finditer(text):
        sign = -1.0 if match["sign"] and match["sign"] != "+" and not _is_range(text, match.start()) else 1.0
        values = frozenset(sign * value for value in _values(match["number"], language))
        yield match.start("number"), match.end(), values, False


def _is_range(text: str, start: int) -> bool:
    """Return whether the dash before a number stands behind another: `2–8`."""
    return text[:start].rstrip()[-1:].isdigit()


def _values(number: str, language: str) -> set[float]:
    """Return what a number in digits may mean: a dot or comma before three digits parts thousands, or decimals.

    A comma parts thousands alone where decimals have a dot by rule: `4,000` is no four in English.
    """
    bare = _GAPS.sub("", number)
    marks = _POINTS.findall(bare)
    if not marks:
        return {float(bare)}
    plain = float(_POINTS.sub("", bare))
    if len(marks) > 1 and len(set(marks)) == 1:
        return {plain}
    head, _, tail = bare.rpartition(marks[-1])
    decimal = float(f"{_POINTS.sub('', head)}.{tail}")
    if len(tail) != 3 or len(marks) != 1:
        return {decimal}
    return {plain} if marks == [","] and language in _COMMA_PARTS and not bare.startswith("0") else {plain, decimal}


def _in_words(text: str, language: str) -> Iterator[tuple[int, int, frozenset[float], bool]]:
    if language in ("ja", "zh"):
        for match in _FIGURES.finditer(text):
            value = figures_value(match.group())
            if value is not None and (value > 1 or text[match.end() : match.end() + 1] in COUNTERS):
                yield match.start(), match.end(), frozenset({float(value)}), True
    elif pattern := words_pattern(language):
        known = number_words(language)
        for match in pattern.finditer(text):
            yield match.start(), match.end(), frozenset({float(known[match.group().lower()])}), True


def _with_unit(text: str, start: int, end: int, values: frozenset[float], *, in_words: bool) -> Amount:
    """Return the amount with the scale and the unit that stand behind it, or the currency before."""
    about = bool(_APPROXIMATE.search(text[:start]))
    currency = _CURRENCY_BEFORE.search(text[:start])
    unit: Unit | None = UNITS[currency[1].lower()] if currency else None
    scale = 1.0
    for _ in range(3):
        word, after = _next_word(text, end)
        if word in SCALES and (word != "k" or text[end : end + 1] == "k"):
            scale, end = scale * SCALES[word], after
        else:
            break
    if match := _PER_CENT.match(text, end):
        unit, end = ("share", 0.01), match.end()
    elif unit is None and word in UNITS and not _is_year(values, word):
        unit, end = UNITS[word], after
        scale_of_heat, behind = _next_word(text, end)
        if unit[0] == "temperature" and scale_of_heat in _HEAT:
            unit, end = UNITS[scale_of_heat], behind
    elif unit is None and text[end : end + 1] in COUNTERS:
        unit, end = COUNTERS[text[end]], end + 1
    values = frozenset(value * scale for value in values)
    if unit and unit[0] in MONEY - {"cent", "yen"} and (match := _CENTS_AFTER.match(text, end)):
        values, end = frozenset(value + int(match[1]) / 100 for value in values), match.end()
    return Amount(values, unit, text[start:end], start, end, about, in_words)


def _next_word(text: str, place: int) -> tuple[str, int]:
    """Return the scale or unit behind a number, and where it ends; words in unspaced scripts run on."""
    for size in (7, 6, 5, 4, 3, 2, 1):
        piece = text[place : place + size]
        runs_on = _is_latin(piece) and text[place + size : place + size + 1].isalpha()
        if piece and not piece.isascii() and piece in _KNOWN and not runs_on:
            return piece, place + size
    if match := _AFTER.match(text, place):
        word = match[1].lower().replace(" ", "")
        if word == "miles" and text[match.end() :].lstrip().startswith("de millones"):
            return "milliard", match.end() + len(" de millones")
        if word in ("millones", "millions", "million", "milliards", "millón") and (
            of := _OF.match(text[match.end() :])
        ):
            return word, match.end() + of.end()
        return word, match.end()
    return "", place


def _is_latin(piece: str) -> bool:
    return any("a" <= letter.lower() <= "z" or "à" <= letter.lower() <= "ÿ" for letter in piece)


def _is_year(values: frozenset[float], word: str) -> bool:
    return word == "年" and min(values) >= 1000
