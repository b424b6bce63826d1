"""Sentences of licences, warranties and rights: true of very many sites, and so telling nothing of this one. Pure."""

from __future__ import annotations

import re

_SIGNS = re.compile(
    r"all rights reserved|\bcopyright\b|©|free software foundation|(?:general|lesser|affero) public licen[cs]e|"
    r"\bredistribut|without any warranty|\bmerchantability\b|fitness for a particular purpose|"
    r"creative commons|licen[cs]ed under|under the terms of|alle rechte vorbehalten|urheberrecht|"
    r"tous droits réservés|todos los derechos reservados|著作権|版权所有|無断転載",
    re.IGNORECASE,
)


def is_legal(sentence: str) -> bool:
    """Return whether the sentence speaks of who may copy what, or of who is liable for nothing."""
    return _SIGNS.search(sentence) is not None
