"""Claims, not words: what a sentence claims, and whether its quotes bear it. Pure.

Owns the kinds of claims, the rules (judge 1), the choice of quotes (judge 2), what the model is asked as a judge and how
its answer is read (judge 3), and contradictions among sources. Who calls the model, and what becomes of a sentence that
is not supported, is left to `agents.steps`; the near-verbatim check of weak models to `agents.grounding`.
`agents.grounding`, `agents.steps`, `agents.writing` and `benchmarks` may call it.
"""

from agents.claims.judging import refusal_by_rules
from agents.claims.verdict import Judge, Refusal, Ruling

__all__ = ["Judge", "Refusal", "Ruling", "refusal_by_rules"]
