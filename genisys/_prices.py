"""What a call cost, from the price list that the `genai-prices` package keeps. No network: the list is in the wheel."""

from __future__ import annotations

from genai_prices import Usage, calc_price

from .localmodel import MODEL_NAME as BUILT_IN


def cost_microusd(model: str, input_tokens: int, output_tokens: int) -> int | None:
    """Return the cost in millionths of a US dollar, or None for a model that the list does not know.

    The built-in model costs nothing.
    """
    if model == BUILT_IN:
        return 0
    try:
        price = calc_price(Usage(input_tokens=input_tokens, output_tokens=output_tokens), model_ref=model)
    except (LookupError, ValueError):
        return None
    return round(price.total_price * 1_000_000)
