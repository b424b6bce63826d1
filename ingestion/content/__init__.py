"""A page's bytes made into text, links and passages; signs that it addresses a model; the processes that parse it.

Fetching is left to `ingestion.web`, whose readers of robots.txt and sitemaps run in the same processes, and keeping to
`ingestion.repository`. Every room of `ingestion` but `text` and `web` may call it; it touches no row.
"""
