"""What both products do with text: put a stranger's into a prompt, hear our question in an answer, cut into sentences,
cut words to stems. Pure.

What a sentence must hold to stand is left to each product's grounding. Both products may call it; it calls nothing.
"""
