"""What a call costs, by the price list of the `genai-prices` package. No network: the list is in the wheel."""

from __future__ import annotations

from importlib import import_module

BUILT_IN = "smollm2-135m-instruct"


def cost_microusd(model: str, input_tokens: int, output_tokens: int) -> int | None:
    """Return the cost in millionths of a US dollar, or None for a model that the list does not know.

    The built-in model costs nothing.
    """
    if model == BUILT_IN:
        return 0
    listed = import_module("genai_prices")  # imported for the first call that costs something, as that takes a while
    try:
        used = listed.Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        price = listed.calc_price(used, model_ref=model)
    except (LookupError, ValueError):
        return None
    micros: int = round(price.total_price * 1_000_000)
    return micros
