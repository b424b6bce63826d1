"""How the writer sees text: words, the stems that carry meaning, numbers, names, negations. Pure.

What counts as a fault in a text is left to `agents.grounding`; cutting into sentences is shared, in `ingestion.text`.
Everything else in `agents` may call it.
"""
