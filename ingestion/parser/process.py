"""The process that parses untrusted bytes: `python -m ingestion.parser.process`, started by `parsing`.

Whatever a page does to a parser it does here: the process has its own limits on time and memory, and is killed past
them. It reads one request after the other from its standard input, a line of JSON and then the bytes that it announces,
and answers each with a line of JSON. It ends when its input does; on Linux at once when its parent dies, even in the
middle of a page.

Knows no Django and no settings.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import IO, Any

from ingestion.content.charsets import decode, is_garbled
from ingestion.content.extracted import Extracted
from ingestion.content.extraction import extract_page
from ingestion.content.passages import cut
from ingestion.formats import kinds, pdf, word
from ingestion.formats.plain_text import extract_text
from ingestion.outcomes.verdict import OK, verdict
from ingestion.parser.answers import ANSWERS, CPU_S
from ingestion.search.indexing import indexed
from ingestion.web import robots, sitemap
from ingestion.web.head import read_head

MOST_MEMORY_BYTES = 2_000_000_000
"""Address space, most of it the libraries' own; a tree of such a page takes some 300 MB of it."""


def page(body: bytes, *, content_type: str, url: str, status: int = 200, asked: str = "", name: str = "") -> Extracted:
    """Return what a page says, whatever its bytes are; `refused` says why those that are no text say nothing.

    `status` is that of the answer, `asked` the address that led to `url`, `name` how robots rules call us.
    """
    found = _page(body, content_type, url, status, asked, name)
    if found.verdict.outcome == OK and not found.garbled:
        # Here, since a worker has one processor for all its runs, and there are several of these processes.
        found.pieces = indexed(found.title, found.text, cut(found.text, found.title))
    return found


def _page(body: bytes, content_type: str, url: str, status: int, asked: str, name: str) -> Extracted:
    kind, other = kinds.kind_of(body, content_type, url)
    if not kind:
        return Extracted(refused=other)
    if kind == kinds.PDF:
        try:
            return pdf.extract_pdf(body, url)
        except pdf.Unreadable as error:
            return Extracted(refused=str(error))
    if kind == kinds.WORD:
        try:
            return word.extract_word(body, url)
        except word.Unreadable as error:
            return Extracted(refused=str(error))
    text = decode(body, content_type)
    if kind == kinds.HTML:
        found = extract_page(text, url)
        found.head = read_head(text, url, name)
    else:
        found = extract_text(text, url, markdown=kind == kinds.MARKDOWN)
    found.garbled = is_garbled(found.text)
    found.verdict = verdict(found.evidence, url, status, asked)
    return found


def rules(body: bytes, *, content_type: str, url: str, user_agent: str) -> robots.Robots:
    """Return what a robots.txt allows."""
    return robots.parse(decode(body, content_type), url, user_agent)


def addresses(body: bytes) -> sitemap.Sitemap:
    """Return what a sitemap names."""
    return sitemap.parse(body)


DOES: dict[str, Callable[..., Any]] = {"page": page, "rules": rules, "addresses": addresses}


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the requests end."""
    while line := requests.readline():
        order = json.loads(line)
        body = requests.read(order["bytes"])
        _allow_cpu(CPU_S)
        try:
            found = DOES[order["do"]](body, **order["with"])
            answer: dict[str, Any] = {"found": ANSWERS[order["do"]].dump_python(found, mode="json")}
        except MemoryError:
            answer = {"fault": "memory"}
        except Exception as error:  # any bytes may break a parser in any way
            answer = {"fault": type(error).__name__}
        # ASCII: a lone surrogate in a page's text passes as the six characters that JSON escapes it with.
        answers.write(json.dumps(answer).encode("ascii") + b"\n")
        answers.flush()


def _allow_cpu(seconds: int) -> None:
    """Let the kernel end this process (SIGXCPU) once it has used so much more processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _die_with_the_parent() -> None:
    """Ask Linux to kill this process when the thread that started it ends (prctl PR_SET_PDEATHSIG); elsewhere nothing.

    That thread lives as long as its process does.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def main() -> None:
    """Answer over standard input and output. What a library prints goes to standard error, away from the answers."""
    _die_with_the_parent()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
