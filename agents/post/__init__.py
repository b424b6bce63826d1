"""What a post is made of: sentences, blocks and sections, citations, and its Markdown. Pure.

Which sentences may stand is `agents.grounding`'s to say; rows and pages are left to `agents.models` and `agents.views`.
Everything else in `agents` may call it; it calls `agents.text`, `agents.sources` and `runs.presentation` alone.
"""
