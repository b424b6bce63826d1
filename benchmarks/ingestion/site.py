"""A site of any number of pages on loopback, each of its own text, with latency and faults, the same for all.

`python -m benchmarks.ingestion.site PORT PAGES LATENCY_MS FAULTS`. What a page says, how late it is, how it fails when
it is first asked for (never where FAULTS is 0) and its ETag follow from its number alone. The server notes when it gave
a whole answer, by path, and how often it said 304, tells both at `/_served`, and writes its port as its first line.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter

_WORDS = [
    "valve",
    "pressure",
    "heating",
    "loop",
    "pump",
    "filter",
    "brass",
    "seat",
    "chalk",
    "casting",
    "foundry",
    "gauge",
    "spring",
    "piston",
    "boiler",
    "radiator",
    "copper",
    "steel",
    "thread",
    "gasket",
    "sealing",
    "flow",
    "return",
    "supply",
    "winter",
    "summer",
    "service",
    "engineer",
    "manual",
    "warranty",
    "order",
    "delivery",
    "stock",
    "price",
    "workshop",
    "measure",
    "table",
    "handle",
    "wheel",
    "screw",
    "bolt",
    "washer",
    "pipe",
    "bend",
    "joint",
    "tank",
    "sensor",
    "relay",
    "board",
    "switch",
    "lamp",
]
_VERBS = [
    "keeps",
    "opens",
    "closes",
    "measures",
    "replaces",
    "warms",
    "cools",
    "protects",
    "needs",
    "holds",
    "carries",
    "lets",
    "turns",
    "fills",
    "drains",
]
RETRY_AFTER_S = 1


def slug(number: int) -> str:
    """Return a name without a number, since numbered addresses are taken for the pages of one list."""
    draw = random.Random(number * 7919)  # noqa: S311 - a page, not a secret
    return "-".join([*draw.sample(_WORDS, 3), _letters(number)])


def path_of(number: int) -> str:
    """Return the address of a page on the site; number 0 is the home page."""
    return "/" if number == 0 else f"/{('guides', 'products', 'notes', 'help')[number % 4]}/{slug(number)}"


def title_of(number: int) -> str:
    """Return a page's heading, which no other page has."""
    return slug(number).replace("-", " ").title() if number else "The house of valves"


def _letters(number: int) -> str:
    found = ""
    while number:
        number, rest = divmod(number, 26)
        found += chr(ord("a") + rest)
    return found or "a"


def fault_of(number: int) -> str:
    """Return how a page fails when it is first asked for: "503", "429", "cut" (the connection breaks), or not: ""."""
    if number and number % 50 == 7:
        return "503"
    if number % 250 in (100, 101, 102):
        return "429"
    return "cut" if number % 100 == 61 else ""


def page(number: int, pages: int) -> bytes:
    """Return a page of some 400 words: a navigation, headings, paragraphs, a table, a list, a footer."""
    draw = random.Random(number)  # noqa: S311 - a page, not a secret
    title = title_of(number)

    def sentence() -> str:
        words = draw.sample(_WORDS, 9)
        return (
            f"The {words[0]} {words[1]} {draw.choice(_VERBS)} the {words[2]} of a {words[3]} {words[4]} while the "
            f"{words[5]} {draw.choice(_VERBS)} {words[6]} number {draw.randrange(10**6)} beside the {words[7]}."
        )

    parts = []
    for _ in range(4):
        parts.append(f"<h2>{' '.join(draw.sample(_WORDS, 2)).title()}</h2>")
        parts += [f"<p>{' '.join(sentence() for _ in range(3))}</p>" for _ in range(2)]
    cells = "".join(f"<tr><td>{word}</td><td>{draw.randrange(900)} EUR</td></tr>" for word in draw.sample(_WORDS, 5))
    items = "".join(f"<li>{sentence()}</li>" for _ in range(3))
    near = [(number * 3 + step) % pages for step in (1, 2, 3)] + [(number + 1) % pages]
    nav = "".join(f'<li><a href="{path_of(each)}">{slug(each)}</a></li>' for each in near)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} – House of valves</title>'
        f'<meta name="description" content="{sentence()}"><link rel="canonical" href="{path_of(number)}"></head><body>'
        f'<header><nav><ul><li><a href="/">Home</a></li>{nav}</ul></nav></header><main><article><h1>{title}</h1>'
        f"{''.join(parts)}<table><tr><th>Part</th><th>Price</th></tr>{cells}</table><ul>{items}</ul></article></main>"
        "<footer><p>House of valves, all rights reserved. Imprint, privacy, contact.</p></footer></body></html>"
    ).encode()


class Site:
    """The server. `whole` has when it answered completely (epoch seconds), by path; `unchanged` counts its 304s."""

    def __init__(self, pages: int, latency_s: float, *, faults: bool = True) -> None:
        self.pages = pages
        self.latency_s = latency_s
        self.faults = faults
        self.numbers = {path_of(number): number for number in range(pages)}
        self.bodies = {path: page(number, pages) for path, number in self.numbers.items()}
        self.asked: Counter[str] = Counter()
        self.whole: dict[str, list[float]] = {}
        self.unchanged = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while line := await reader.readline():
                path = line.split()[1].decode()
                known = ""
                while header := (await reader.readline()).strip():
                    if header.lower().startswith(b"if-none-match:"):
                        known = header.partition(b":")[2].strip().decode()
                if not await self._answer(path, known, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, known: str, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection goes on."""
        host = writer.get_extra_info("sockname")[1]
        if path == "/_served":
            told = {"whole": self.whole, "unchanged": self.unchanged}
            self._send(writer, 200, json.dumps(told).encode(), "application/json")
        elif path == "/robots.txt":
            self._send(
                writer, 200, f"User-agent: *\nSitemap: http://127.0.0.1:{host}/sitemap.xml\n".encode(), "text/plain"
            )
        elif path == "/sitemap.xml":
            each = "".join(f"<url><loc>http://127.0.0.1:{host}{path}</loc></url>" for path in self.bodies)
            self._send(writer, 200, f"<urlset>{each}</urlset>".encode(), "application/xml")
        elif (number := self.numbers.get(path)) is None:
            self._send(writer, 404, b"<title>Not found</title>Nothing is here.", "text/html")
        else:
            return await self._page(path, number, known, writer)
        await writer.drain()
        return True

    async def _page(self, path: str, number: int, known: str, writer: asyncio.StreamWriter) -> bool:
        self.asked[path] += 1
        await asyncio.sleep(self.latency_s * (0.5 + number * 37 % 100 / 100))  # as a distant site would
        fault = fault_of(number) if self.faults and self.asked[path] == 1 else ""
        if fault == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n<!doctype html>")
            await writer.drain()
            return False
        if fault:
            more = f"Retry-After: {RETRY_AFTER_S}\r\n" if fault == "429" else ""
            self._send(writer, int(fault), b"busy", "text/plain", more)
            await writer.drain()
            return True
        if known == (etag := f'"{number}"'):
            self.unchanged += 1
            self._send(writer, 304, b"", "text/html", f"ETag: {etag}\r\n")
            await writer.drain()
            return True
        self._send(writer, 200, self.bodies[path], "text/html; charset=utf-8", f"ETag: {etag}\r\n")
        await writer.drain()
        self.whole.setdefault(path, []).append(time.time())
        return True

    @staticmethod
    def _send(writer: asyncio.StreamWriter, status: int, body: bytes, kind: str, more: str = "") -> None:
        head = f"HTTP/1.1 {status} Answer\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        writer.write(head.encode() + body)


async def main(port: int, pages: int, latency_ms: float, faults: bool) -> None:
    """Serve until the process is ended."""
    site = Site(pages, latency_ms / 1000, faults=faults)
    server = await asyncio.start_server(site.serve, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "1"))
