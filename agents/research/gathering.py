"""Reading what was given for a post, all of it at once, and what a web search found.

What cannot be read is told, and the post is written without it.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.brief.brief import Brief
from agents.research.given import Given, read_address, read_file
from agents.research.web import MOST_ADDRESSES, results_for
from agents.sources.evidence import GIVEN, WEB, Evidence, given_source
from genisys import StepFailed, map_concurrent, status
from ingestion.describing.grounding import tone_of
from language.sentences import shorten

_AT_ONCE = 4
_SAMPLE_CHARS = 1200


async def read_given(brief: Brief) -> list[Evidence]:
    """Return the passages of the brief's addresses and files, in their order, numbered from source 1."""
    found = await read_addresses(brief.sources, GIVEN, first=1)
    for n, file in enumerate(brief.files, start=len(brief.sources) + 1):
        try:
            found += _usable(await read_file(file, n))
        except StepFailed as error:
            status(f"{file.name} could not be read: {error.message}")
    return found


async def read_addresses(addresses: Sequence[str], standing: int, *, first: int) -> list[Evidence]:
    """Return the passages of these addresses in their order. The first one's source has the number `first`."""
    read: dict[int, list[Evidence]] = {}
    numbered = [(url, n) for n, url in enumerate(addresses, start=first)]

    async def one(item: tuple[str, int]) -> Given:
        return await read_address(item[0], item[1], standing)

    async for done in map_concurrent(one, numbered, limit=_AT_ONCE):
        if done.result is not None:
            read[done.index] = _usable(done.result)
        elif done.error is not None:
            status(f"{done.item[0]} could not be read: {done.error.message}")
    return [passage for place in sorted(read) for passage in read[place]]


async def read_web(queries: Sequence[str], given: Sequence[Evidence]) -> list[Evidence]:
    """Return passages of the pages that a web search finds; those that were `given` already are not read again."""
    known = {item.page_url for item in given}
    dates = {each.url: each.date for each in await results_for(list(queries), MOST_ADDRESSES) if each.url not in known}
    first = max((given_source(item.passage_id) for item in given), default=0) + 1
    read = await read_addresses(list(dates), WEB, first=first)
    return [item.model_copy(update={"date": item.date or dates[item.page_url]}) for item in read]


async def in_that_tone(brief: Brief) -> Brief:
    """Return the brief with how its reference address sounds: counted, and as a sample. Its facts are not used."""
    if not brief.tone_address:
        return brief
    read = await read_addresses([brief.tone_address], GIVEN, first=1)
    texts = [item.text for item in read]
    sample = brief.tone_sample or shorten("\n".join(texts), _SAMPLE_CHARS)
    return brief.model_copy(update={"tone": brief.tone or tone_of(texts), "tone_sample": sample})


def _usable(source: Given) -> list[Evidence]:
    if source.fault:
        status(source.fault)
    return source.passages
