"""The outline of a post in people's hands: before it is written, while it is, and afterwards.

`plans` is what a changed outline makes of the plan, `form` its form on the page, `current` what the outline of a post
is now, `changing` what a change of it starts, `views` and `api` the ways to ask for one. The types are
`agents.brief.outlines`', the steps `agents.steps`', the rewriting of a finished post `agents.revising`'s.
"""
