"""The cap of a stage: how many tokens what it asks may use before it finishes with what is there."""

from __future__ import annotations

from dataclasses import replace

from agents.writing.prompts import Prompt
from genisys import used

_CHARS_A_TOKEN = 4
_LEAST_ANSWER = 100
"""Tokens below which an answer is not worth asking for."""


class Stage:
    """A stage that begins now, within the workflow or the component that makes this. A `cap` of 0 is none.

    What is under way when the cap is reached is finished, so a stage may exceed it by one section or one call.
    """

    def __init__(self, cap: int) -> None:
        self.cap, self._before = cap, used().tokens

    @property
    def is_used_up(self) -> bool:
        return 0 < self.cap <= used().tokens - self._before


def fitted(prompt: Prompt, cap: int, usual: int) -> Prompt | None:
    """Return the prompt as it is where a cap leaves room for its answer, else with a shorter one; None for no answer.

    `usual` is the longest answer without a cap.
    """
    asked = sum(len(text) for text in (prompt.system, prompt.task, prompt.material)) // _CHARS_A_TOKEN
    left = cap - asked
    if not cap or left >= (prompt.tokens or usual):
        return prompt
    return None if left < _LEAST_ANSWER else replace(prompt, tokens=left)
