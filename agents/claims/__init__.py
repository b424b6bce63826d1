"""Claims, not words: what a sentence claims, and whether its quotes bear it. Pure.

Owns the kinds of claims, the rules (judge 1), the choice of quotes (judge 2), the shape of the model's verdicts (judge
3), and contradictions among sources. Who asks the model, and what becomes of a sentence that is not supported, is left
to `agents.steps`; the near-verbatim check for weak models to `agents.grounding`.
`agents.grounding`, `agents.steps`, `agents.writing` and `benchmarks` may call it.
"""

from agents.claims.contradictions import Contradiction, contradictions, without_contradicted
from agents.claims.decision import Decision, Repairs, Rewritten, Verdict, Verdicts
from agents.claims.judging import refusal_by_rules
from agents.claims.kinds import kinds_of
from agents.claims.quotes import Quote, Quotes, stands_in
from agents.claims.verdict import Judge, Refusal, Ruling

__all__ = [
    "Contradiction",
    "Decision",
    "Judge",
    "Quote",
    "Quotes",
    "Refusal",
    "Repairs",
    "Rewritten",
    "Ruling",
    "Verdict",
    "Verdicts",
    "contradictions",
    "kinds_of",
    "refusal_by_rules",
    "stands_in",
    "without_contradicted",
]
