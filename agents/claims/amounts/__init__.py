"""Amounts in a text: values with sign and scale, units, currencies, times of day, shares. Pure.

Owns how an amount is written in the named languages and when two of them are the same. Whether a claim may say one is
left to `agents.claims.rules`. `agents.claims` alone may call it.
"""

from agents.claims.amounts.amount import Amount, Unit
from agents.claims.amounts.finding import find_amounts

__all__ = ["Amount", "Unit", "find_amounts"]
