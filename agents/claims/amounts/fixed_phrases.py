"""Amounts in fixed phrases: half an hour, two thirds, a quarter past five, twice a week. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from agents.claims.amounts.amount import Amount, Unit
from agents.claims.amounts.number_words import figures_value, number_words
from agents.claims.amounts.units import UNITS

_DAY = 86400.0
_HALF_DAY = 720.0
_Reader = Callable[[re.Match[str], str], tuple[float, Unit] | None]
_PARTS = {
    2: "half|halves|hälfte|halb|moitié|mitad|media parte",
    3: "thirds?|dritteln?|tiers|tercios?|tercera parte|terceras partes",
    4: "quarters?|vierteln?|quarts?|cuartos?|cuarta parte",
    5: "fifths?|fünfteln?|cinquièmes?|quintos?|quinta parte",
    10: "tenths?|zehnteln?|dixièmes?|décimos?|décima parte",
}
_ORDINALS = ("third", "fifth", "tenth")
"""English words that are a part only with a number before or an `of` behind: `the third` is none."""
_WORDS = "|".join(sorted((word for word in UNITS if len(word) > 2 and word.isalpha()), key=len, reverse=True))
_ONE_OF = rf"(?<![\w-])(?:an?|one|ein|eine|einen|einem|einer|une?|una) (?P<u>{_WORDS})\b"
_PER = (
    r"\b(?:per|each|every|pro|je|am|im|in der|par|chaque|por|cada|al|a la) "
    rf"(?P<u>{'|'.join(word for word, unit in UNITS.items() if unit[0] == 'time' and len(word) > 2)}|night|nacht|nuit|noche)\b"
)
_TIME = "|".join(
    sorted((word for word, unit in UNITS.items() if unit[0] == "time" and len(word) > 1), key=len, reverse=True)
)


def fixed_amounts(text: str, language: str) -> list[Amount]:
    """Return the amounts that stand in a fixed phrase; where two overlap, the one listed first."""
    found: list[Amount] = []
    for pattern, reader in _patterns(language):
        for match in pattern.finditer(text):
            if any(match.start() < other.end and match.end() > other.start for other in found):
                continue
            if read := reader(match, language):
                value, unit = read
                values = {value, value + _HALF_DAY} if unit[0] == "clock" and _either_half(match, value) else {value}
                found.append(Amount(frozenset(values), unit, match.group(), match.start(), match.end(), in_words=True))
    return found


def _either_half(match: re.Match[str], value: float) -> bool:
    """Return whether a time may be one of the morning or of the evening: it is not written as one of 24 hours."""
    groups = match.groupdict()
    said = groups.get("half") if (groups.get("half") or "") != "半" else None
    return value < _HALF_DAY and not said and not groups.get("day") and not match.group().startswith("0")


def _number(text: str, language: str) -> float | None:
    text = text.strip().lower()
    if text in ("a", "an", "one", "ein", "eine", "einen", "eines", "un", "une", "una", "uno", "the", "la", "die", ""):
        return 1.0
    if text.replace(".", "").replace(",", "").isdigit():
        return float(text.replace(",", "."))
    known = number_words(language).get(text)
    return float(known) if known is not None else _figure(text)


def _figure(text: str) -> float | None:
    value = figures_value(text)
    return float(value) if value is not None else None


def _clock(hour: float | None, minutes: int) -> tuple[float, Unit] | None:
    return None if hour is None else ((hour * 60 + minutes) % 1440, ("clock", 1))


def _time_of_day(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    hour, minutes = int(match["h"]), int(match["m"] or 0)
    half = (match.groupdict().get("half") or "").lower().replace(".", "")
    if hour > 24 or minutes > 59:
        return None
    if half in ("pm", "午後", "下午") and hour < 12:
        hour += 12
    return _clock(hour, minutes)


def _spoken(shift: int) -> _Reader:
    return lambda match, language: _clock(_number(match["h"], language), shift)


def _japanese_time(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    hour = _number(match["h"], language)
    minutes = 30 if match["half"] else int(_number(match["m"], language) or 0) if match["m"] else 0
    return (
        None if hour is None else _clock(hour + (12 if match["day"] in ("午後", "下午") and hour < 12 else 0), minutes)
    )


def _fixed(value: float, unit: Unit) -> _Reader:
    return lambda match, language: (value, unit)


def _share(part: int) -> _Reader:
    def read(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
        word, behind = match.group().lower(), match.string[match.end() : match.end() + 4]
        if not match["n"] and word in _ORDINALS and behind.strip() != "of":
            return None
        number = _number(match["n"] or "", language)
        return None if number is None else (number / part, ("share", 1.0))

    return read


def _cjk_share(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    parts, number = _number(match["d"], language), _number(match["n"], language)
    return (number / parts, ("share", 1.0)) if parts and number else None


def _rate(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    """Return how often a day: `twice a week`, `every six months`."""
    groups = match.groupdict()
    unit = UNITS.get(groups["u"].lower())
    number = (
        2.0
        if (groups["n"] or "").lower() in _TWICE
        else 1.0
        if (groups["n"] or "").lower() in _ONCE
        else _number(groups["n"] or "", language)
    )
    if unit is None or not number:
        return None
    per_unit = number if groups.get("per") is not None else 1 / number
    return per_unit * _DAY / unit[1], ("rate", 1.0)


_TWICE = ("twice", "zweimal", "deux fois", "dos veces")
_ONCE = ("once", "einmal", "une fois", "una vez")


def _compound(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    number = _number(match["n"], language)
    unit = UNITS.get(match["u"].lower())
    return None if number is None or unit is None else ((number + 0.5) * unit[1], (unit[0], 1.0))


def _percent(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    return float(match["n"]), ("share", 0.01)


def _days(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    number = _number(match["n"], language)
    return None if number is None else (number, ("time", _DAY))


def _per_unit(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    word = match["u"].lower()
    return 1.0, ("per", UNITS[word][1] if word in UNITS else _DAY)


def _one_unit(match: re.Match[str], language: str) -> tuple[float, Unit] | None:
    return 1.0, UNITS[match["u"].lower()]


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], _Reader]]:
    listed: list[tuple[str, _Reader]] = [
        (r"(?<![\d.,:])(?P<h>\d{1,2}):(?P<m>\d{2})(?![\d:])(?:\s?(?P<half>[ap]\.?m\.?))?", _time_of_day)
    ]
    listed += _BY_LANGUAGE.get(language, [])
    if language in ("en", "de", "fr", "es"):
        for part, words in _PARTS.items():
            numbers = "|".join(re.escape(word) for word, value in number_words(language).items() if value < 10)
            listed.append(
                (rf"\b(?:(?P<n>{numbers}|an?|one|einen?|ein|une?|una?|la|die|\d)[\s-])?(?:{words})\b", _share(part))
            )
        listed.append(
            (
                r"\b(?P<n>\d+)(?: \w+)? (?:out of|in|sur|von|de cada|auf) (?:a |one )?(?:cent|100|hundred|hundert|cien)\b",
                _percent,
            )
        )
        listed += [(_PER, _per_unit), (_ONE_OF, _one_unit)]
    return [(re.compile(pattern, re.IGNORECASE), reader) for pattern, reader in listed]


_MINUTE: Unit = ("time", 60)
_YEAR: Unit = ("time", 365 * _DAY)
_WORD_NUMBER = r"(?P<h>\d{1,2}|[a-zäöüßéèíóúñ]+)"
_N = r"(?P<n>\d+|[a-zäöüßéèíóúñ]+)"
_BY_LANGUAGE: dict[str, list[tuple[str, _Reader]]] = {
    "en": [
        (r"(?<![\d.,])(?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))?\s?(?P<half>[ap]\.?m)\b\.?", _time_of_day),
        (rf"\bhalf past {_WORD_NUMBER}", _spoken(30)),
        (rf"\b(?:a )?quarter past {_WORD_NUMBER}", _spoken(15)),
        (rf"\b(?:a )?quarter to {_WORD_NUMBER}", _spoken(-15)),
        (r"\bhalf an hour\b", _fixed(30, _MINUTE)),
        (r"\b(?:a )?quarter of an hour\b", _fixed(15, _MINUTE)),
        (r"\ban hour and a half\b", _fixed(90, _MINUTE)),
        (rf"\b{_N} and a half (?P<u>{_TIME})\b", _compound),
        (r"\bhalf a year\b", _fixed(0.5, _YEAR)),
        (r"\bhalf a century\b", _fixed(50, _YEAR)),
        (r"\ba fortnight\b", _fixed(14, ("time", _DAY))),
        (rf"\b(?P<n>twice|once|(?:\w+)) times? (?P<per>per|an?|each|every) (?P<u>{_TIME})\b", _rate),
        (rf"\b(?P<n>twice|once) (?P<per>per|an?|each|every) (?P<u>{_TIME})\b", _rate),
        (rf"\b(?:once in|every) (?:{_N} )?(?P<u>{_TIME})\b", _rate),
        (r"\b(?:twice|double|doubled|doubles)\b", _fixed(2, ("times", 1))),
        (r"\b(?:three times|tripled?|triples)\b", _fixed(3, ("times", 1))),
    ],
    "de": [
        (r"(?<![\d.,])(?P<h>\d{1,2})(?:[.:](?P<m>\d{2}))?\s?Uhr", _time_of_day),
        (r"\bhalb (?P<h>eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)\b", _spoken(-30)),
        (rf"\bviertel nach {_WORD_NUMBER}", _spoken(15)),
        (rf"\bviertel vor {_WORD_NUMBER}", _spoken(-15)),
        (r"\b(?:eine )?halben? Stunde\b", _fixed(30, _MINUTE)),
        (r"\b(?:eine )?Viertelstunde\b", _fixed(15, _MINUTE)),
        (r"\b(?:eine )?Dreiviertelstunde\b", _fixed(45, _MINUTE)),
        (r"\b(?:ein )?halbe[sn]? Jahr(?:es)?\b", _fixed(0.5, _YEAR)),
        (rf"\b(?P<n>[a-zäöüß]+?)einhalb (?P<u>{_TIME})\b", _compound),
        (rf"\b(?P<n>zweimal|einmal) (?P<per>pro|im|am|in der|die) (?P<u>{_TIME})\b", _rate),
        (rf"\balle {_N} (?P<u>{_TIME})\b", _rate),
        (r"\b(?:doppelte?[nmrs]?|verdoppelt)\b", _fixed(2, ("times", 1))),
        (r"\bzehnmal\b", _fixed(10, ("times", 1))),
    ],
    "fr": [
        (r"(?<![\d.,])(?P<h>\d{1,2})\s?h\s?(?P<m>\d{2})\b", _time_of_day),
        (r"(?:(?<=\bà )|(?<=\bde )|(?<=\bvers )|(?<=\bdès )|(?<=\bentre ))(?P<h>\d{1,2})(?P<m>) ?h(?:eures)?\b", _time_of_day),
        (rf"\b{_WORD_NUMBER} heures et demie\b", _spoken(30)),
        (r"\b(?:une )?demi-heure\b", _fixed(30, _MINUTE)),
        (r"\b(?:un )?quart d'heure\b", _fixed(15, _MINUTE)),
        (r"\b(?:un )?demi-litre\b", _fixed(0.5, ("volume", 1))),
        (rf"\b(?P<n>deux fois|une fois) (?P<per>par) (?P<u>{_TIME})\b", _rate),
        (rf"\btou(?:s|tes) les {_N} (?P<u>{_TIME})\b", _rate),
        (r"\b(?:deux fois plus|le double|doublé)\b", _fixed(2, ("times", 1))),
    ],
    "es": [
        (r"\blas (?P<h>\d{1,2})(?:[.:](?P<m>\d{2}))\b", _time_of_day),
        (r"\b(?:a|hasta|de) las (?P<h>\d{1,2})(?P<m>)(?: h)?\b", _time_of_day),
        (rf"\blas {_WORD_NUMBER} y media\b", _spoken(30)),
        (rf"\blas {_WORD_NUMBER} y cuarto\b", _spoken(15)),
        (r"\blas (?P<h>dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)\b", _spoken(0)),
        (r"\bmedia hora\b", _fixed(30, _MINUTE)),
        (r"\b(?:un )?cuarto de hora\b", _fixed(15, _MINUTE)),
        (r"\bmedio siglo\b", _fixed(50, _YEAR)),
        (r"\bmedio día\b", _fixed(12, ("time", 3600))),
        (rf"\b(?P<n>dos veces|una vez) (?P<per>por|al|a la) (?P<u>{_TIME})\b", _rate),
        (rf"\bcada {_N} (?P<u>{_TIME})\b", _rate),
        (rf"\b{_N} (?P<u>{_TIME}) y medi[ao]\b", _compound),
        (r"\b(?:el doble|duplicó|duplica)\b", _fixed(2, ("times", 1))),
    ],
    "ja": [
        (
            r"(?P<day>午前|午後)?(?P<h>\d{1,2}|[一二三四五六七八九十]+)時(?!間)(?:(?P<m>\d{1,2}|[一二三四五六七八九十]+)分|(?P<half>半))?",
            _japanese_time,
        ),
        (r"(?P<d>\d+|[一二三四五六七八九十百]+)分の(?P<n>\d+|[一二三四五六七八九]+)", _cjk_share),
        (r"半分|半額|半値|半数", _fixed(0.5, ("share", 1))),
        (r"半時間|三十分間", _fixed(30, _MINUTE)),
        (r"(?<![\d一二三四五六七八九十百.])倍", _fixed(2, ("times", 1))),
        (r"(?P<n>\d{1,4}|[一二三四五六七八九十]{1,3})日(?=以内|以上|以下|未満)", _days),
        (r"半年", _fixed(0.5, _YEAR)),
    ],
    "zh": [
        (r"(?P<day>上午|下午)?(?P<h>\d{1,2}|[一二三四五六七八九十]+)[点點](?:(?P<m>\d{1,2})分?|(?P<half>半))?", _japanese_time),
        (r"(?P<d>\d+|[一二三四五六七八九十百]+)分之(?P<n>\d+|[一二三四五六七八九]+)", _cjk_share),
        (r"一半|半价|半数", _fixed(0.5, ("share", 1))),
        (r"半年", _fixed(0.5, _YEAR)),
        (r"半(?:个)?小时", _fixed(30, _MINUTE)),
    ],
}  # fmt: skip
