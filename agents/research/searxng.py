"""SearXNG, a search engine that one runs oneself (docs.searxng.org, “Search API”).

`GET /search?q=…&format=json`; the instance must list `json` under `search.formats`, else it answers 403.
"""

from __future__ import annotations

import httpx

from agents.research.web_result import WebResult, results_of


class SearXNG:
    """The instance at `address`."""

    name = "SearXNG"

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    async def search(self, client: httpx.AsyncClient, query: str, limit: int) -> list[WebResult]:
        """Return the first results. Raises httpx.HTTPError or ValueError (see `agents.research.web.WebSearch`)."""
        answer = await client.get(f"{self._address}/search", params={"q": query, "format": "json", "safesearch": "1"})
        answer.raise_for_status()
        # Its own scores grow with the number of engines and have no upper bound; the order is what they say.
        return results_of(answer.json(), limit, date="publishedDate", score=lambda place, entry: 1 / (1 + place / 4))
