"""How the writer sees text: words, the stems that carry meaning, numbers, names, negations. Pure.

What counts as a fault in a text is left to `agents.grounding`; cutting text is left to `language`.
Everything else in `agents` may call it.
"""
