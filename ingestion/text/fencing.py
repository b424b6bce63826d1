"""Putting a stranger's text into a prompt: between marks that it cannot close, without the signs of a chat's roles.

Pure, and the one place for both products. Scraped text, and what a model made of it, passes through here on its way
to a model. A model server may take role signs (`<|im_start|>`, `[INST]`) inside a message for real ones, so they go.
"""

from __future__ import annotations

import re

MARKS = re.compile(r"<\s*(?:/\s*)?(page|site|groups|sources?)\b[^>]*>?", re.I)
"""The marks around what was scraped, open or closed."""
ROLE_SIGNS = re.compile(r"<\|[^|<>\n]{0,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>", re.I)
"""What chat templates put around the turns of the system, the person and the model."""
INVISIBLE = re.compile("[\u00ad\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
"""Characters that a model sees and a reader does not; without the joiners, which scripts and emoji need."""
_SEQUENCE_ENDS = re.compile(r"</?s>", re.I)
MOST_PASSES = 8
"""What is left when a mark is removed may be a mark again. Only an attack nests deeper: then all signs are removed."""
_SIGNS_APART = str.maketrans("<>[]|", "     ")
_QUOTES = re.compile('"{3,}')


def inert(text: str) -> str:
    """Return the text without anything that could end its fence or begin another speaker's turn."""
    text = _QUOTES.sub('"', INVISIBLE.sub("", text))
    for _ in range(MOST_PASSES):
        cleaned = _SEQUENCE_ENDS.sub(" ", ROLE_SIGNS.sub(" ", MARKS.sub(" ", text)))
        if cleaned == text:
            return text
        text = cleaned
    return text.translate(_SIGNS_APART)


def fenced(mark: str, text: str) -> str:
    """Return the text between marks that it cannot close."""
    return f"<{mark}>\n{inert(text).strip()}\n</{mark}>"


def quoted(text: str) -> str:
    """Return the text between quotes that it cannot close: for models too small for marks."""
    return f'"""\n{inert(text).strip()}\n"""'
