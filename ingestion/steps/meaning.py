"""Vectors for a site's passages, so that they are found by what they mean. Until then search goes by words."""

from __future__ import annotations

import asyncio

from genisys import component, progress
from ingestion import repository
from ingestion.requests import SiteRef
from ingestion.search import meaning

AT_ONCE = 16


@component(title="Make its passages findable by meaning", timeout=3600)
async def index_meaning(site: SiteRef) -> int:
    """Make what vectors are missing, and return how many there were. 0 where there is no model for it.

    What was made is kept as it goes: a second run of this step goes on from there.
    """
    if not await asyncio.to_thread(meaning.available):
        return 0
    made = 0
    while True:
        left, waiting = await repository.without_vectors(site.site_id, AT_ONCE)
        if not waiting:
            return made
        texts = [(row.title, row.heading, row.text) for row in waiting]
        vectors = await asyncio.to_thread(meaning.vectors_of, texts)
        kept = dict(zip([row.passage_id for row in waiting], vectors, strict=True))
        made += await repository.keep_vectors(site.site_id, kept)
        progress(made, made + left - len(waiting), "passages")
