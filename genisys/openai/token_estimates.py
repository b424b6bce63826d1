"""Tokens that nobody counted, guessed from the length of what was asked and said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic_core import to_json

ANSWER_TOKENS = 500  # what an answer is taken to need where the request sets no limit

SPOKEN = frozenset({"content", "reasoning_content", "text", "delta", "arguments", "refusal"})

REPEATED = frozenset({"response", "item", "part", "parsed"})  # what a stream of events says a second time


def guessed_tokens(asked: dict[str, Any], answer: Any) -> int:
    """Guess the tokens of a request and of its answer from the length of what they say, four characters a token."""
    return _asked_tokens(asked) + sum(map(len, _said_texts(answer))) // CHARS_PER_TOKEN


def _said_texts(answer: Any) -> Iterator[str]:
    """Return the texts of an answer: those in which models speak, wherever they stand."""
    if isinstance(answer, list):
        for each in answer:
            yield from _said_texts(each)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if name in SPOKEN and isinstance(value, str):
                yield value
            elif name not in REPEATED:
                yield from _said_texts(value)


def _asked_tokens(data: dict[str, Any]) -> int:
    asked = len(to_json({name: data[name] for name in ("messages", "input", "tools") if name in data}))
    return asked // CHARS_PER_TOKEN


def estimated_tokens(kind: str, data: dict[str, Any]) -> int:
    """Guess what a request will cost in tokens: its text, and the longest answer that it allows."""
    limits = (data.get(name) for name in ("max_completion_tokens", "max_tokens", "max_output_tokens"))
    answer = 0 if kind == "embed" else next((limit for limit in limits if limit), ANSWER_TOKENS)
    return _asked_tokens(data) + int(answer)


CHARS_PER_TOKEN = 4
