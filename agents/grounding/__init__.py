"""The check: which sentences of a text its passages support. Pure, the same for every model.

Owns what counts as a fault and which bounds apply; how text is cut into words is `agents.text`'s, what to do about a
text that fails is its caller's. `agents.steps`, `agents.writing` and `agents.workflow` may call it.

It compares words, not meaning: the words that carry meaning, numbers, names, strong claims and negations must be found
in the passages; prompt text, loops, repetitions and cut-off tails must not be found in the text. It is strict on
purpose: a true sentence in quite other words is lost, which costs a sentence; a false one would cost the post's reader.
"""

from agents.grounding.checking import LEAST_SENTENCES, LEAST_WORDS, check
from agents.grounding.form import is_leak, is_loop
from agents.grounding.markdown import parse
from agents.grounding.support import supports
from agents.grounding.verdict import Fault, Judged, Verdict
from agents.grounding.whole_post import check_post, unfounded_words

__all__ = [
    "LEAST_SENTENCES",
    "LEAST_WORDS",
    "Fault",
    "Judged",
    "Verdict",
    "check",
    "check_post",
    "is_leak",
    "is_loop",
    "parse",
    "supports",
    "unfounded_words",
]
