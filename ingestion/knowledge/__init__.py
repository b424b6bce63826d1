"""The knowledge base under a person's hand: its pages beside the site's own, its map, wishes, export and removal.

Leaves what is kept of a page to `ingestion.repository`, its past to `ingestion.history`, and when it is read to
`ingestion.schedule`. The pages, the API, commands and the site's addresses may call it.
"""
