"""Rules over quantities: amounts, their bounds, what follows from them, and words such as “most”. Pure.

Leaves what an amount is to `agents.claims.amounts`. Called by `agents.claims.rules` alone.
"""
