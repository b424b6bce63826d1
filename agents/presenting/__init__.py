"""What a finished post is presented with: its closing, other titles, its description, and pages of its site to link to.

Owns all of these; none of them may say what the post does not. Where a post is kept and shown is left to
`agents.library`, `agents.views` and `agents.export`, which may call it, as `agents.workflow` and `agents.editing` may.
"""
