"""The seam to web search: a question in, addresses out. Which engine answers is the settings' choice; none is fine."""

from __future__ import annotations

from typing import Protocol

import httpx
from django.conf import settings
from pydantic import BaseModel

from agents.research.searxng import SearXNG
from agents.research.tavily import Tavily
from agents.research.web_result import WebResult
from genisys import Retry, StepFailed, component, status

WITHIN_S = 20.0
MOST_RESULTS = 5
"""Of one question."""
MOST_ADDRESSES = 5
"""Read for one post."""


class WebSearch(Protocol):
    """A search engine. `search` raises httpx.HTTPError where it does not answer, ValueError for an answer unlike its
    documentation."""

    name: str

    async def search(self, client: httpx.AsyncClient, query: str, limit: int) -> list[WebResult]: ...


class Answered(BaseModel):
    """What the web was found to have. `fault` says in a sentence why there is nothing, or no more."""

    results: list[WebResult] = []
    fault: str = ""


def engine() -> WebSearch | None:
    """Return the engine that the settings name: your own SearXNG before Tavily; None where there is none."""
    if settings.SEARXNG_URL:
        return SearXNG(settings.SEARXNG_URL)
    if settings.TAVILY_API_KEY:
        return Tavily(settings.TAVILY_API_KEY, settings.TAVILY_URL)
    return None


@component(title=lambda queries: "Search the web", retry=Retry(attempts=2), timeout=120)
async def search_web(queries: list[str]) -> Answered:
    """Ask the search engine each question; return each address once, the best first."""
    chosen = engine()
    if chosen is None:
        return Answered(fault="No web search is set up here, so only your own pages and sources are used.")
    found: dict[str, WebResult] = {}
    fault = ""
    async with httpx.AsyncClient(timeout=WITHIN_S) as client:
        for query in queries:
            try:
                results = await chosen.search(client, query, MOST_RESULTS)
            except httpx.HTTPStatusError as error:
                fault = f"The web search ({chosen.name}) answered {error.response.status_code}."
                break
            except (httpx.HTTPError, ValueError) as error:
                fault = f"The web search ({chosen.name}) gave no answer: {type(error).__name__}."
                break
            for result in results:
                if result.url not in found or found[result.url].score < result.score:
                    found[result.url] = result
    return Answered(results=sorted(found.values(), key=lambda result: -result.score), fault=fault)


async def results_for(queries: list[str], most: int) -> list[WebResult]:
    """Return the best results for these questions. A search that fails is told, and fails nothing."""
    try:
        answered = await search_web(queries)
    except StepFailed as error:
        answered = Answered(fault=error.message)
    if answered.fault:
        status(answered.fault)
    return answered.results[:most]
