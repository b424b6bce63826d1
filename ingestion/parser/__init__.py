"""The processes that parse what strangers sent: a small pool of them, their limits, and what they answer.

Leaves what bytes say to `ingestion.formats` and `ingestion.content`, robots.txt and sitemaps to `ingestion.web`.
`parsing` is the way in, for every room that has fetched something; nothing else loads a parser into its own process.
"""
