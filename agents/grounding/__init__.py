"""The check: which sentences of a text its passages support. Pure, the same for every model.

Owns what counts as a fault and which bounds apply; how text is cut into words is `agents.text`'s, what to do about a
text that fails is its caller's. `agents.steps`, `agents.writing` and `agents.workflow` may call it.

Faults of form are the same for all: prompt text, loops, repetitions, cut-off tails, sentences that point at one taken
out. Whether a sentence is true to its passages is the caller's to say where a strong model judges (`decide`, see
`agents.claims`). Without one, words are compared, and the rules of `agents.claims` refuse what they can: only text
close to its sources stands. That costs true sentences in quite other words; it is the rule of models too weak to judge.
"""

from agents.grounding.checking import LEAST_SENTENCES, LEAST_WORDS, Decide, check
from agents.grounding.form import is_leak, is_loop
from agents.grounding.markdown import parse
from agents.grounding.support import supports
from agents.grounding.verdict import Fault, Judged, Verdict
from agents.grounding.whole_post import LEAST_HEADINGS, check_post, is_foreign, unfounded_words

__all__ = [
    "LEAST_HEADINGS",
    "LEAST_SENTENCES",
    "LEAST_WORDS",
    "Decide",
    "Fault",
    "Judged",
    "Verdict",
    "check",
    "check_post",
    "is_foreign",
    "is_leak",
    "is_loop",
    "parse",
    "supports",
    "unfounded_words",
]
