"""Where evidence comes from beside the knowledge base: given addresses, files, a web search; and notes on what was
found.

`given` holds the steps that read for one run alone: what they return is frozen in the run's record, and no row is made.
`web` is the seam to search engines, `searxng` and `tavily` are behind it. `notes` and `gate` are pure. Passages of
sites
are `agents.library`'s; the order of the work is `agents.steps.research`'s, which alone calls this room with the
workflow.
"""
