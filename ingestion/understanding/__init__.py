"""What a page says, fact by fact, each with the page's own words for it; and what all pages of a site say together.

Owns the question that a model is asked about a page, the check of its answer, the facts that are found without a model,
how facts of many pages become one, and the parts of a site's profile. Leaves to `ingestion.steps` when a model is asked
and what is kept, to `ingestion.describing` the call itself. `ingestion.steps` and `ingestion.hooks` may call it. Pure.
"""
