"""What the model's part of a reading will cost, at first guess, by the prices that are known of the first provider."""

from __future__ import annotations

from runs.presentation import words
from runs.providers import model_name, providers

READ_A_CALL = 2500
WRITTEN_A_CALL = 500
"""Tokens of one call, at first guess: a page of 1,500 words with the question, and some ten facts with their quotes."""


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
