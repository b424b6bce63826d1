"""Numbers written in words, in the named languages. Pure.

English, German, French and Spanish are listed from zero to ninety-nine; Japanese and Chinese figures are read.
"""

from __future__ import annotations

import re
from functools import cache

_ONES = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
}
_ARTICLES = {"en": {"one"}, "de": set(), "fr": {"un"}, "es": {"uno"}}
_FIGURES = {figure: value for value, figure in enumerate("〇一二三四五六七八九")} | {"两": 2, "零": 0}
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "億": 100_000_000, "亿": 100_000_000}


@cache
def number_words(language: str) -> dict[str, int]:
    """Return the words for numbers from two on; one is left out where it is an article as well."""
    if language not in _ONES:
        return {}
    ones = _ONES[language].split()
    found = {word: value for value, word in enumerate(ones) if word not in _ARTICLES[language]}
    for place, ten in enumerate(_TENS[language].split(), start=2):
        found[ten] = place * 10
        for value in range(1, 10):
            for word in _joined(language, ten, ones[value], value):
                found[word] = place * 10 + value
    if language == "fr":
        found.update(_french(ones))
    if language == "de":
        found.update({"zwo": 2, "dutzend": 12, "hundert": 100})
    if language == "en":
        found.update({"dozen": 12, "a hundred": 100, "one hundred": 100})
    if language == "es":
        found.update({"cien": 100, "docena": 12, "veintidós": 22, "veintitrés": 23, "veintiséis": 26, "veintiuno": 21})
    if language == "fr":
        found.update({"cent": 100, "douzaine": 12})
    return found


def _joined(language: str, ten: str, one: str, value: int) -> list[str]:
    if language == "en":
        return [f"{ten}-{one}", f"{ten} {one}"]
    if language == "de":
        return [f"{'ein' if value == 1 else one}und{ten}"]
    if language == "es":
        return [f"{ten} y {one}", *([f"veinti{one}"] if ten == "veinte" else [])]
    return [f"{ten} et un", f"{ten}-et-un"] if value == 1 else [f"{ten}-{one}", f"{ten} {one}"]


def _french(ones: list[str]) -> dict[str, int]:
    found = {"quatre-vingts": 80, "quatre-vingt": 80, "soixante et onze": 71}
    for value in range(10, 20):
        found[f"soixante-{ones[value]}"] = 60 + value
        found[f"quatre-vingt-{ones[value]}"] = 80 + value
    found.update({f"quatre-vingt-{ones[value]}": 80 + value for value in range(1, 10)})
    return found


@cache
def words_pattern(language: str) -> re.Pattern[str] | None:
    """Return what finds a number in words, the longest first."""
    listed = sorted(number_words(language), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, listed))})(?!\w)", re.IGNORECASE) if listed else None


def figures_value(text: str) -> int | None:
    """Return the value of Chinese figures (`千二百` is 1200); None where they are none."""
    total = part = figure = 0
    for letter in text:
        if letter in _FIGURES:
            figure = figure * 10 + _FIGURES[letter] if figure and not part else _FIGURES[letter]
        elif (place := _PLACES.get(letter, 0)) >= 10_000:
            total += (part + figure or 1) * place
            part = figure = 0
        elif place:
            part += (figure or 1) * place
            figure = 0
        else:
            return None
    return total + part + figure
