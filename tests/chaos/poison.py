"""Pages that are hard on whoever reads them, one kind each, and a site that serves them beside innocent handbooks.

Each is of a kind that has stopped, slowed or swollen a reader of pages somewhere. None is larger on the wire than a
few megabytes; what they cost depends on how they are read.
"""

from __future__ import annotations

import gzip
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.depth import FULL

PARTS = ("valve", "pump", "boiler", "filter", "radiator", "thermostat", "burner", "vessel")
HANDBOOK_PAGES = 4
OFTEN = ("deep-tables", "dots", "huge-attribute", "long-text", "many-links", "nuls", "xml-bomb", "zip-bomb")
"""One kind of each way to be hard: what burns processor time, what swells, what nests, what is not text at all. The
quick suite reads these; `make test-full` and `make storm` read all."""


@dataclass(frozen=True, slots=True)
class Served:
    """One answer of the site."""

    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


def _html(body: str, head: str = "<title>A page</title>") -> Served:
    return Served(f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>".encode())


def _zeros(megabytes: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(megabytes):
            file.write(b"<p>0 " * 200_000)
    return packed.getvalue()


_PROSE = "The pump of this series is cleaned once a year, before the winter, by whoever keeps the heating. " * 6

KINDS: dict[str, Callable[[], Served]] = {
    "spaces": lambda: _html("<p>a" + " " * 60_000 + "b</p>"),
    "tabs-and-breaks": lambda: _html("<pre>" + "\t \n" * 40_000 + "x</pre>" + f"<p>{_PROSE}</p>"),
    "deep-divs": lambda: _html("<div>" * 20_000 + "deep" + "</div>" * 20_000),
    "deep-inline": lambda: _html("<b><i><font>" * 8_000 + "deep"),
    "deep-lists": lambda: _html("<ul><li>" * 10_000 + "deep"),
    "deep-tables": lambda: _html("<table><tr><td>" * 5_000 + "deep"),
    "many-links": lambda: _html(
        "".join(f'<a href="http://elsewhere.invalid/p{n}?a={n}">link {n}</a> ' for n in range(100_000))
    ),
    "many-attributes": lambda: _html("<div " + " ".join(f"a{n}={n}" for n in range(60_000)) + ">x</div>"),
    "huge-attribute": lambda: _html(f'<a href="/x" title="{"a.b " * 700_000}">x</a>'),
    "long-text": lambda: _html("<p>" + "word " * 1_900_000 + "</p>"),
    "one-word": lambda: _html("<p>" + "a" * 8_000_000 + "</p>"),
    "open-comments": lambda: _html("<!-- a " * 60_000),
    "open-tags": lambda: _html("<" * 400_000 + f"<p>{_PROSE}</p>"),
    "brackets": lambda: _html("<p>" + "![[" * 60_000 + "](" * 60_000 + "</p>"),
    "backticks": lambda: _html("<p>" + " ".join("`" * (n % 90 + 1) for n in range(9_000)) + "</p>"),
    "role-markers": lambda: _html("<p>" + "\n   system   " * 30_000 + ":</p>"),
    "fence-markers": lambda: _html("<p>" + "<<<" * 40_000 + ">>>" * 40_000 + "</p>"),
    "dots": lambda: _html("<p>" + "a." * 100_000 + "</p><p>" + "Mr. " * 60_000 + "</p>"),
    "entities": lambda: _html("<p>" + "&amp" * 200_000 + "&#x10FFFF;" * 20_000 + "</p>"),
    "nuls": lambda: _html("<p>" + "a\x00" * 200_000 + f"{_PROSE}</p>", "<title>N\x00ul</title>"),
    "zip-bomb": lambda: Served(_zeros(200), {"Content-Type": "text/html", "Content-Encoding": "gzip"}),
    "xml-bomb": lambda: Served(
        (
            '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a0 "ha">'
            + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 12}">' for n in range(1, 12))
            + "]><html><body><p>&a11;</p></body></html>"
        ).encode(),
        {"Content-Type": "application/xhtml+xml"},
    ),
    "false-charset": lambda: Served(
        (_PROSE * 400).encode("utf-16-le"), {"Content-Type": "text/html; charset=x-user-defined"}
    ),
}
ALL = FULL or "GENISYS_CROWD_RUNS" in os.environ
POISONS = KINDS if ALL else {kind: KINDS[kind] for kind in OFTEN}
"""The kinds: a page of each is at `/poison/<kind>`."""


def _handbook(number: int, page: int) -> Served:
    part = PARTS[(number + page) % len(PARTS)]
    links = "".join(f'<li><a href="/book-{number}/{n}">Chapter {n}</a></li>' for n in range(1, HANDBOOK_PAGES))
    told = " ".join(
        f"The {part} of book {number}, chapter {page}, {what} number {k} after the winter service."
        for k, what in enumerate(("is cleaned with brush", "holds the pressure of mark", "is closed by screw") * 3)
    )
    title = f"The {part}, book {number}, chapter {page}"
    return _html(f"<main><h1>{title}</h1><p>{told}</p></main><nav><ul>{links}</ul></nav>", f"<title>{title}</title>")


def _entrance() -> Served:
    links = "".join(f'<li><a href="/poison/{kind}">About {kind}</a></li>' for kind in POISONS)
    return _html(f"<main><h1>Heating</h1><p>{_PROSE}</p></main><nav><ul>{links}</ul></nav>", "<title>Heating</title>")


class _Site(BaseHTTPRequestHandler):
    made: dict[str, Served] = {}

    def do_GET(self) -> None:
        answer = self._found()
        self.send_response(200 if answer is not None else 404)
        body = answer.body if answer is not None else b"nothing here"
        for name, value in (answer.headers if answer is not None else {"Content-Type": "text/plain"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _found(self) -> Served | None:
        place, _, rest = self.path.strip("/").partition("/")
        if not place:
            return _entrance()
        if place == "poison" and rest in POISONS:
            return self.made.setdefault(rest, POISONS[rest]())
        if place.startswith("book-"):
            return _handbook(int(place.removeprefix("book-")), int(rest or 0))
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the poison and the handbooks on loopback, and give the address, without a slash at its end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
