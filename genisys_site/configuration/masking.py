"""What is taken out of every line of log, whoever wrote it. Pure.

A rule, not a list of addresses: a secret stands in a path behind a word that announces one (`/enter/…`, `/s/…`,
`/inputs/…`, `…/key/…`), in a query under a telling name, in front of an @, or looks like nothing else does (a long
mixed segment of a path, a token with its prefix). What this installation was given as a secret is known by its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DOTS = "••••••"
LONGEST_CHARS = 100_000
"""Of a line that is longer the rest is left out: a stranger may choose what stands in it, and each line is searched."""
_SHORTEST = 6
"""Shorter values are not looked for: they would be found in ordinary words."""

_RULES = (
    # A part of a path that opens something by itself. Its name says so…
    (re.compile(r"(/(?:enter|s|inputs|key|confirm-email)/)[^\s/?#\"'<>\\]+"), rf"\1{DOTS}"),
    # …or it is long and mixed, as only generated tokens are: ids of runs have no capitals, slugs have words.
    (
        re.compile(r"(?<=/)(?=[^\s/?#\"'\\]*[A-Z])(?=[^\s/?#\"'\\]*[a-z])(?=[^\s/?#\"'\\]*\d)[\w=:.~-]{32,}"),
        DOTS,
    ),
    (
        re.compile(
            r"([?&](?:access_token|api_?key|code|key|password|secret|sig|signature|token)=)[^\s&#\"'<>\\]+", re.I
        ),
        rf"\1{DOTS}",
    ),
    (re.compile(r"(\b[a-z][a-z0-9+.-]{0,30}://[^\s/:@\"'\\]*:)[^\s/@\"'\\]+(?=@)", re.I), rf"\1{DOTS}"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{8,}", re.I), rf"\1 {DOTS}"),
    (re.compile(r"\b(gen_|sk-|whsec_)[\w+/=-]{8,}"), rf"\1{DOTS}"),
)


class Mask:
    """Puts dots in place of secrets: of those that the rules find, and of `values` wherever they stand."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        known = sorted({value for value in values if len(value) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if len(text) > LONGEST_CHARS:
            text = f"{text[:LONGEST_CHARS]}… ({len(text) - LONGEST_CHARS:,} characters more)"
        if self._known is not None:
            text = self._known.sub(DOTS, text)
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        return text
