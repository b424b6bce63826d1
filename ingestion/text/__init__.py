"""What both products do with text and a model: put a stranger's into a prompt, hear our question in an answer. Pure.

What a sentence must hold to stand is left to each product's grounding, what a word is to `language`. Both products may
call it.
"""
