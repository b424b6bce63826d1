"""Web search behind its seam: both engines asked as they document it, answers read, faults told in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from agents.research.searxng import SearXNG
from agents.research.tavily import Tavily
from agents.research.web import MOST_RESULTS, WebSearch, engine, search_web
from tests.ingestion.conftest import Answer, Loopback

QUERIES = ["heat pump & filter", "how often?"]


class Engine(Loopback):
    """Answers as told, and keeps what it was asked: method, path, headers and JSON body."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.answer: Callable[[], Answer] = lambda: Answer(b"{}")

        def serve(request: Any) -> Answer:
            body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
            self.asked.append((request.command, request.path, dict(request.headers), json.loads(body or b"null")))
            return self.answer()

        super().__init__(serve)

    def gives(self, data: Any, status: int = 200) -> None:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.answer = lambda: Answer(body, status, {"Content-Type": "application/json"})


@pytest.fixture
def served() -> Iterator[Engine]:
    found = Engine()
    yield found
    found.stop()


SEARXNG = {
    "query": "heat pump",
    "number_of_results": 0,
    "results": [
        {"url": "https://a.example/1", "title": "One", "content": "Text", "engine": "x", "score": 9.5,
         "publishedDate": "2026-03-04T00:00:00", "category": "general"},
        {"url": "ftp://a.example/2", "title": "No page"},
        {"url": "https://a.example/3", "title": None, "content": None, "publishedDate": None},
    ],
    "answers": [], "corrections": [], "infoboxes": [], "suggestions": [], "unresponsive_engines": [],
}  # fmt: skip
TAVILY = {
    "query": "heat pump", "answer": None, "images": [], "response_time": 1.2, "request_id": "r",
    "results": [
        {"title": "One", "url": "https://a.example/1", "content": "Text", "score": 0.8, "raw_content": None},
        {"title": "Three", "url": "https://a.example/3", "content": "", "score": "high",
         "published_date": "Wed, 04 Mar 2026 10:00:00 GMT"},
    ],
}  # fmt: skip


async def test_searxng_is_asked_as_it_documents(served: Engine) -> None:
    served.gives(SEARXNG)
    async with httpx.AsyncClient() as client:
        found = await SearXNG(f"{served.url}/").search(client, QUERIES[0], 5)
    [(method, path, _, _)] = served.asked
    assert (method, path) == ("GET", "/search?q=heat+pump+%26+filter&format=json&safesearch=1")
    assert [(each.url, each.date) for each in found] == [
        ("https://a.example/1", "2026-03-04"),
        ("https://a.example/3", ""),
    ]
    assert found[0].score > found[1].score


async def test_tavily_is_asked_as_it_documents(served: Engine) -> None:
    served.gives(TAVILY)
    async with httpx.AsyncClient() as client:
        found = await Tavily("secret", served.url).search(client, QUERIES[0], 3)
    [(method, path, headers, body)] = served.asked
    assert (method, path, headers["Authorization"]) == ("POST", "/search", "Bearer secret")
    assert body == {"query": QUERIES[0], "max_results": 3, "search_depth": "basic", "include_answer": False}
    assert [(each.url, each.score, each.date) for each in found] == [
        ("https://a.example/1", 0.8, ""),
        ("https://a.example/3", 0.0, "2026-03-04"),
    ]


@pytest.mark.parametrize("make", [lambda url: SearXNG(url), lambda url: Tavily("k", url)])
@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"results": "none"}', b"{}"])
async def test_an_answer_unlike_its_documentation_is_a_value_error(
    served: Engine, make: Callable[[str], WebSearch], answer: bytes
) -> None:
    served.gives(answer)
    async with httpx.AsyncClient() as client:
        with pytest.raises(ValueError):
            await make(served.url).search(client, "x", 3)


def test_the_settings_choose_the_engine_and_none_is_fine(settings: Any) -> None:
    settings.SEARXNG_URL = settings.TAVILY_API_KEY = settings.TAVILY_URL = ""
    assert engine() is None
    settings.TAVILY_API_KEY = "k"
    assert isinstance(engine(), Tavily)
    settings.SEARXNG_URL = "https://search.example"
    assert isinstance(engine(), SearXNG)


async def test_each_address_comes_once_the_best_first(served: Engine, settings: Any) -> None:
    settings.SEARXNG_URL, settings.TAVILY_API_KEY, settings.TAVILY_URL = "", "k", served.url
    answers = iter([TAVILY, {"results": [{"url": "https://a.example/3", "score": 0.9}]}])

    def answer() -> Answer:
        return Answer(json.dumps(next(answers)).encode())

    served.answer = answer
    found = await search_web(QUERIES)
    assert [(each.url, each.score) for each in found.results] == [
        ("https://a.example/3", 0.9),
        ("https://a.example/1", 0.8),
    ]
    assert [asked[3]["query"] for asked in served.asked] == QUERIES
    assert served.asked[0][3]["max_results"] == MOST_RESULTS


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, b"", "The web search (SearXNG) answered 403."),
        (429, b"", "The web search (SearXNG) answered 429."),
        (200, b"<html>", "The web search (SearXNG) gave no answer: JSONDecodeError."),
    ],
)
async def test_a_fault_is_told_and_fails_nothing(
    served: Engine, settings: Any, status: int, body: bytes, said: str
) -> None:
    settings.SEARXNG_URL = served.url
    served.gives(body, status)
    found = await search_web(QUERIES)
    assert (found.fault, found.results) == (said, [])


async def test_what_was_found_before_a_fault_is_used(served: Engine, settings: Any) -> None:
    settings.SEARXNG_URL = served.url
    answers = iter([Answer(json.dumps(SEARXNG).encode()), Answer(b"", 500)])
    served.answer = lambda: next(answers)
    found = await search_web(QUERIES)
    assert len(found.results) == 2
    assert found.fault == "The web search (SearXNG) answered 500."
