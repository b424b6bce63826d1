"""Tokens that nobody counted, estimated from the length of request and answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic_core import to_json

ANSWER_TOKENS = 500  # assumed for an answer where the request sets no limit

SPOKEN = frozenset({"content", "reasoning_content", "text", "delta", "arguments", "refusal"})

REPEATED = frozenset({"response", "item", "part", "parsed"})  # what the events of a stream repeat of earlier ones

CHARS_PER_TOKEN = 4


def guessed_tokens(asked: dict[str, Any], answer: Any) -> int:
    """Return the estimated tokens of a request and its answer, four characters of their texts to a token."""
    return _asked_tokens(asked) + sum(map(len, _said_texts(answer))) // CHARS_PER_TOKEN


def _said_texts(answer: Any) -> Iterator[str]:
    """Return the texts of an answer: the fields in which models speak, at any depth."""
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
    """Return the estimated tokens of a request: its text, and the longest answer that it allows."""
    limits = (data.get(name) for name in ("max_completion_tokens", "max_tokens", "max_output_tokens"))
    # Too high rather than too low: the gate gets the difference back when the answer is here.
    answer = 0 if kind == "embed" else next((limit for limit in limits if limit), ANSWER_TOKENS)
    return _asked_tokens(data) + int(answer)
