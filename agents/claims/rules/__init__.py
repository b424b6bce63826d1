"""Judge 1: what rules can know. One kind of alteration a file; each rule may refuse a claim, none may bless one. Pure.

A rule compares a claim with the place of the evidence that it speaks of and returns a `Refusal` only where the two say
different things about the same: it must stay silent about a paraphrase that it does not understand. Which rules run,
and in which order, is said here; what is done about a refusal is left to `agents.claims.judging`, its only caller.
"""

from collections.abc import Callable, Sequence

from agents.claims.reading import Reading
from agents.claims.rules.certainty import changed_certainty
from agents.claims.rules.conditions import changed_condition
from agents.claims.rules.contrasts import changed_side
from agents.claims.rules.modality import changed_modality
from agents.claims.rules.names import unknown_name
from agents.claims.rules.order.crossing import crossed_over
from agents.claims.rules.order.direction import turned_around
from agents.claims.rules.order.modifiers import swapped_modifiers
from agents.claims.rules.polarity import changed_polarity
from agents.claims.rules.quantity.amounts import changed_amount
from agents.claims.rules.quantity.bounds import changed_bound
from agents.claims.rules.quantity.quantifiers import changed_quantity_word
from agents.claims.rules.substitution import changed_word
from agents.claims.verdict import Refusal

Rule = Callable[[Reading, Sequence[Reading]], Refusal | None]

RULES: tuple[Rule, ...] = (
    changed_amount,
    unknown_name,
    changed_bound,
    turned_around,
    crossed_over,
    swapped_modifiers,
    changed_side,
    changed_condition,
    changed_modality,
    changed_quantity_word,
    changed_certainty,
    changed_polarity,
    changed_word,
)

__all__ = ["RULES", "Rule"]
