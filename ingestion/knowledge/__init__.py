"""The knowledge base under a person's hand: its API, its export as a file, the versions of its profile.

Leaves what is kept of a page to `ingestion.repository`, the pages that people see to `ingestion.views`. Views, the
repository (for versions) and the site's addresses may call it.
"""
