"""Which pages of a site to read: what was found, what each is worth, what is left out and why, and who gets what share.

All of it is pure, and decides the same for the same pages in whatever order they came. Asking the site is left to
`ingestion.web`, asking the model to `ingestion.steps`. The workflow and the steps may call it.
"""
