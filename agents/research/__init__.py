"""Where evidence comes from: the owner's pages and facts, what was given for one post, a web search; and notes on it.

`rows` takes from the database, and only what is the run's owner's. `given` holds the steps that read an address or a
file for one run alone: what they return is frozen in the run's record. `web` is the seam to search engines, `searxng`
and `tavily` are behind it. `notes` is pure. The order of the work is left to `agents.steps.research` and the workflow,
which alone call this room.
"""
