"""What the model's part of a reading will cost, at first guess, and how many questions are put to it at once.

By what is known of the first provider: its prices and its quota.
"""

from __future__ import annotations

from runs.presentation import words
from runs.providers import model_name, providers

READ_A_CALL = 2500
WRITTEN_A_CALL = 500
"""Tokens of one call, at first guess: a page of 1,500 words with the question, and some ten facts with their quotes."""
S_PER_ANSWER = 5.0
"""How long a large model writes at such an answer, at first guess."""
FEWEST_AT_ONCE, MOST_AT_ONCE = 4, 64


def cost_in_words(calls: int) -> str:
    """Return “about $0.27”, “at no cost”, or that no price is known, for so many calls of the model that is set."""
    model = model_name()
    cost = providers()[0].cost_microusd(model, "", calls * READ_A_CALL, calls * WRITTEN_A_CALL)
    if cost is None:
        return f"at a price that is not known for {model}"
    if not cost:
        return "at no cost"
    said = words.cost(cost)
    return said if said.startswith("less") else f"about {said}"


def calls_at_once() -> int:
    """Return how many questions to put at once: as many as the quota lets leave while one of them is answered.

    Fewer, and the quota stays unused however short the queue is. Where no quota is known it may be a small server, that
    answers one question after another: few of them, or they would wait there until they time out.
    """
    first = providers()[0]
    tokens = first.tokens_per_minute and first.tokens_per_minute / (READ_A_CALL + WRITTEN_A_CALL)
    per_minute = min((limit for limit in (first.requests_per_minute, tokens) if limit), default=0.0)
    return min(MOST_AT_ONCE, max(FEWEST_AT_ONCE, round(per_minute / 60 * S_PER_ANSWER)))
