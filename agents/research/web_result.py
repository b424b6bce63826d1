"""One result of a web search, whichever engine gave it, and how an engine's entry is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import BaseModel


class WebResult(BaseModel):
    """An address and what the engine says of it. `score` is 0 to 1; `date` ISO 8601, empty where it is not told.

    What the page says is read there: an engine's extract of it is no source.
    """

    url: str
    date: str = ""
    score: float = 0.0


def results_of(answer: Any, limit: int, *, date: str, score: Callable[[int, Any], float]) -> list[WebResult]:
    """Return the entries under `results` that have a web address.

    Raises ValueError where there is no such list. `score` is given the entry's place and the entry.
    """
    entries = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise ValueError("the answer has no list of results")
    usable = [entry for entry in entries if isinstance(entry, dict) and _is_web(entry.get("url"))]
    return [
        WebResult(
            url=entry["url"],
            date=_day(entry.get(date)),
            score=min(1.0, max(0.0, score(place, entry))),
        )
        for place, entry in enumerate(usable[:limit])
    ]


def _day(told: object) -> str:
    """Return a day as ISO 8601 has it; SearXNG tells one so, Tavily as e-mails do (RFC 5322). Empty for all else."""
    text = told if isinstance(told, str) else ""
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError):
        return ""


def _is_web(url: object) -> bool:
    return isinstance(url, str) and url.startswith(("http://", "https://")) and len(url) <= 2000
