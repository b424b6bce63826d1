"""A post after it was written: its sentences held against its sources, versions, differences, edits, and their pages.

`marked_text` finds the sentences in Markdown, `evidence` says how each stands (by rules, without a model), `sections`
and `differences` compare texts, `article` makes what a page shows; these are pure. `versions` alone changes rows;
`forms` and `views` are the pages. How a run writes is left to `agents.steps` and `agents.revising`, files and links to
`agents.export`.
"""
