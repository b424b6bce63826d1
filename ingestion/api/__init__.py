"""Knowledge bases over the API: what is known of a site, and what is done with it.

Leaves the doing to `ingestion.knowledge` and `ingestion.schedule`, tokens and problems to `runs.api`. The site's
addresses mount its two routers; the pages export by the same function.
"""
