"""What a model is asked and what is made of its answers: prompts, calls, the outline; and extracts, its replacement.

What a section must hold is left to `agents.grounding`, the order of the work to `agents.steps`.
`agents.steps` and `agents.workflow` may call it.
"""
