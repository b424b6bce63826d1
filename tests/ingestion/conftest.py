"""A site and a model server, both real servers on loopback, both as good or as bad as a test wants them."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ingestion.search import meaning
from runs.models import Run

WORDS = (
    "The {name} valve keeps the pressure of a heating loop steady while the pump is at rest. "
    "Fit it behind the {name} filter, and open it by hand once a year, since chalk settles in its seat. "
    "Its brass body carries a mark that names the {name} year of casting and the foundry."
)


@dataclass
class Answer:
    """What the site gives for one path. `chunks`, if given, is called to write the body piece by piece."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Callable[[Callable[[bytes], None]], None] | None = None


def html(title: str, text: str, links: list[str] | tuple[str, ...] = (), head: str = "") -> Answer:
    """A page with a main part, and a navigation that leads on."""
    nav = "".join(f'<li><a href="{link}">{link.strip("/") or "home"}</a></li>' for link in links)
    page = (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{head}</head><body><nav><ul>{nav}</ul></nav>"
        f"<main><h1>{title}</h1><p>{text}</p></main></body></html>"
    )
    return Answer(page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


class Loopback:
    """A threaded HTTP server on a free port of 127.0.0.1, ended with the test."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], Answer]) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._serve(self, answer)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @staticmethod
    def _serve(request: BaseHTTPRequestHandler, answer: Callable[[BaseHTTPRequestHandler], Answer]) -> None:
        given = answer(request)
        try:
            request.send_response(given.status)
            for name, value in given.headers.items():
                request.send_header(name, value)
            if given.chunks is None:
                request.send_header("Content-Length", str(len(given.body)))
                request.end_headers()
                request.wfile.write(given.body)
            else:
                request.send_header("Connection", "close")
                request.end_headers()
                given.chunks(request.wfile.write)
                request.close_connection = True
        except (BrokenPipeError, ConnectionResetError):
            request.close_connection = True

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Site(Loopback):
    """Pages by path; `otherwise` answers for all other paths. A list of answers gives one after the other, the last one
    for ever.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Answer | list[Answer]] = {}
        self.asked: Counter[str] = Counter()
        self.log: list[str] = []
        self.otherwise: Callable[[str], Answer] = lambda path: _missing()
        self.agents: set[str] = set()
        self._lock = threading.Lock()
        super().__init__(self._answer)

    def _answer(self, request: BaseHTTPRequestHandler) -> Answer:
        with self._lock:
            self.asked[request.path] += 1
            self.log.append(request.path)
            self.agents.add(request.headers.get("User-Agent", ""))
            found = self.pages.get(request.path)
            if isinstance(found, list):
                found = found.pop(0) if len(found) > 1 else found[0]
        return found or self.otherwise(request.path)

    def page(self, path: str, links: list[str] | tuple[str, ...] = (), text: str | None = None, head: str = "") -> None:
        """Put a page there that says something of its own."""
        name = path.strip("/").replace("/", " ").replace("-", " ") or "house"
        self.pages[path] = html(name.title(), text or WORDS.format(name=name), links, head)

    def text(self, path: str, text: str, content_type: str = "text/plain") -> None:
        self.pages[path] = Answer(text.encode(), headers={"Content-Type": content_type})


def _missing() -> Answer:
    found = html("Not found", "There is no such page.")
    found.status = 404
    return found


Script = Callable[[dict[str, Any]], "str | int | Answer"]


def honest(request: dict[str, Any]) -> str:
    """A model that reads: it quotes the page, takes the groups in order, and repeats the first note."""
    name = request.get("response_format", {}).get("json_schema", {}).get("name", "")
    said = request["messages"][-1]["content"]
    if name == "choice":
        return json.dumps({"groups": [1]})
    if name == "profile":
        line = next(line for line in said.splitlines() if line.startswith("- "))
        return json.dumps({"what": line.partition(": ")[2], "audience": "Owners of a heating loop"})
    body = said.split("<page>")[-1].split("</page>")[0].strip().splitlines()
    return json.dumps({"summary": body[-1].split(". ")[0] + ".", "topics": ["pressure", "golden unicorns"]})


class Model(Loopback):
    """An OpenAI-compatible server that counts. `script` gives the text of an answer, or a status, or an Answer."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.script: Script = honest
        self._lock = threading.Lock()
        super().__init__(self._answer)

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def kinds(self) -> Counter[str]:
        """How often each kind of question was asked."""
        return Counter(
            request.get("response_format", {}).get("json_schema", {}).get("name", "plain") for request in self.requests
        )

    def _answer(self, request: BaseHTTPRequestHandler) -> Answer:
        asked = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        with self._lock:
            self.requests.append(asked)
        said = self.script(asked)
        if isinstance(said, Answer):
            return said
        if isinstance(said, int):
            return Answer(b'{"error": {"message": "scripted"}}', said, {"Content-Type": "application/json"})
        reply = {
            "id": "reply",
            "object": "chat.completion",
            "created": 1,
            "model": asked["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }
        return Answer(json.dumps(reply).encode(), headers={"Content-Type": "application/json"})


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.stop()


@pytest.fixture
def model(settings: Any) -> Iterator[Model]:
    """The model that the settings name for this test."""
    served = Model()
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "test", served.base_url
    settings.GENISYS_MODEL = "scripted"
    settings.INGEST_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.INGEST_MIN_DELAY = 0
    yield served
    served.stop()


@pytest.fixture(autouse=True)
def no_vectors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readings here end without vectors, which take longer than all the rest; `test_meaning` has their worth."""
    if request.node.get_closest_marker("model") is None:
        monkeypatch.setattr(meaning, "_encoder", lambda: None)


@pytest.fixture
def people(django_user_model: Any) -> dict[str, Any]:
    make = django_user_model.objects.create_user
    return {
        name: make(username=name, email=f"{name}@example.com", password="x", is_staff=name == "staff")
        for name in ("owner", "outsider", "staff")
    }


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was handed to the runs, in place of handing it to Redis."""
    orders: list[dict[str, Any]] = []

    def start(**order: Any) -> Run:
        orders.append(order)
        return Run.objects.create(
            workflow=order["workflow"], owner=order["user"], title=order["title"], input={}, deployment="test"
        )

    monkeypatch.setattr("ingestion.schedule.starting.start_run_sync", start)
    return orders
