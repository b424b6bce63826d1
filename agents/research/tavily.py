"""Tavily, a hosted search engine (docs.tavily.com, “Tavily Search”): `POST /search` with a bearer key."""

from __future__ import annotations

from typing import Any

import httpx

from agents.research.web_result import WebResult, results_of

ADDRESS = "https://api.tavily.com"


class Tavily:
    """The service, asked with this key."""

    name = "Tavily"

    def __init__(self, key: str, address: str = "") -> None:
        self._key = key
        self._address = (address or ADDRESS).rstrip("/")

    async def search(self, client: httpx.AsyncClient, query: str, limit: int) -> list[WebResult]:
        """Return the best results. Raises httpx.HTTPError or ValueError (see `agents.research.web.WebSearch`)."""
        answer = await client.post(
            f"{self._address}/search",
            headers={"Authorization": f"Bearer {self._key}"},
            json={"query": query, "max_results": limit, "search_depth": "basic", "include_answer": False},
        )
        answer.raise_for_status()
        return results_of(answer.json(), limit, date="published_date", score=_score)


def _score(place: int, entry: Any) -> float:
    found = entry.get("score")
    return float(found) if isinstance(found, int | float) else 0.0
