"""A stranger's bytes are taken apart in processes with limits: past them they are the page's matter alone."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ingestion.content.extraction import MOST_DEPTH, MOST_HTML_CHARS, MOST_LINKS, MOST_TEXT_CHARS, extract_page
from ingestion.content.nesting import flattened
from ingestion.content.passages import cut
from ingestion.outcomes.evidence import Evidence
from ingestion.parser import parsing
from ingestion.parser.parsing import Parsers, TooHard
from ingestion.search.indexing import indexed
from tests.chaos.poison import KINDS, OFTEN

URL = "https://example.com/"
PROSE = "The valve keeps the pressure of the loop steady while the pump rests. " * 9


async def read(html: str, url: str = URL) -> Any:
    return await parsing.page(html.encode("utf-8", "surrogatepass"), "text/html; charset=utf-8", url)


async def test_a_page_is_read_in_another_process() -> None:
    html = f"<title>Valves</title><h1>Valves</h1><p>{PROSE}</p><a href='/b'>b</a>"
    here = extract_page(html, URL)
    assert here.evidence.main == here.text, "the evidence is all of the text again, so it stays in that process"
    pieces = indexed(here.title, here.text, cut(here.text, here.title))
    assert pieces and all(piece.terms for piece in pieces)
    assert await read(html) == here.model_copy(update={"evidence": Evidence(), "pieces": pieces})


async def test_one_answer_holds_the_text_the_head_and_the_judgement() -> None:
    head = "<link rel=canonical href=/valves><meta name=robots content=noarchive>"
    html = f"<html><head><title>Sign in</title>{head}</head><body><form><label>Password</label><input type=password>"
    found = await parsing.page(html.encode(), "text/html", URL, status=200, asked=f"{URL}valves", name="GenisysBot")
    assert found.head.canonical == f"{URL}valves"
    assert found.head.robots == ["noarchive"]
    assert found.verdict.outcome == "login_wall" and "a field for a password" in found.verdict.reason


async def test_a_request_cancelled_as_its_answer_comes_costs_the_next_one_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process was ended for the first, which needed it no more, and the second got it."""
    answered = parsing._Parser.ask

    def ask_and_end(self: Any, *given: Any) -> Any:
        answer = answered(self, *given)
        self.end()
        return answer

    own = Parsers()
    try:
        for _ in range(parsing.PROCESSES + 1):
            monkeypatch.setattr(parsing._Parser, "ask", ask_and_end)
            await own.ask("rules", b"", content_type="text/plain", url=URL, user_agent="GenisysBot")
            monkeypatch.setattr(parsing._Parser, "ask", answered)
            await own.ask("rules", b"", content_type="text/plain", url=URL, user_agent="GenisysBot")
    finally:
        own.close()


async def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_read() -> None:
    own = Parsers()
    try:
        page = f"<p>{PROSE}</p>".encode()
        with pytest.raises(TooHard, match="it took"):
            await own.ask("page", HARD, seconds=0.2, content_type="text/html", url=URL)
        assert (await own.ask("page", page, content_type="text/html", url=URL)).words > 100
    finally:
        own.close()


async def test_a_process_that_was_killed_is_replaced() -> None:
    own = Parsers()
    try:
        await own.ask("addresses", b"https://example.com/a")
        for parser in set(own._all):
            parser.end()
            parser._process.wait()
        ended = 0
        for _ in range(2 * parsing.PROCESSES):
            try:
                assert (await own.ask("addresses", b"https://example.com/a")).pages == ["https://example.com/a"]
            except TooHard:
                ended += 1
        assert ended == 1
    finally:
        own.close()


HARD = b"<p " + b" ".join(b"a%d=%d" % (n, n) for n in range(200_000)) + b">x</p>"
"""Takes its reader longer than the limit."""


async def test_a_cancelled_page_frees_its_place_at_once() -> None:
    own = Parsers()
    try:
        hard = [
            asyncio.create_task(own.ask("page", HARD, content_type="text/html", url=URL))
            for _ in range(parsing.PROCESSES)
        ]
        while len(own._all) < parsing.PROCESSES:
            await asyncio.sleep(0.02)
        for each in hard:
            each.cancel()
        await asyncio.gather(*hard, return_exceptions=True)
        before = set(own._all)
        assert (await own.ask("addresses", b"https://example.com/a")).pages == ["https://example.com/a"]
        assert not before <= own._all, "the place of the cancelled page was waited for"
    finally:
        own.close()


_HARD_IN_A_PROCESS = """
import asyncio, os, sys
from ingestion.parser import parsing
async def main():
    hard = asyncio.create_task(parsing.page(sys.stdin.buffer.read(), "text/html", "https://example.com/"))
    own = parsing.parsers()
    while not own._all:
        await asyncio.sleep(0.02)
    print(next(iter(own._all))._process.pid, flush=True)
    {then}
asyncio.run(main())
"""


def _started(then: str) -> tuple[subprocess.Popen[bytes], int]:
    root = Path(parsing.__file__).parents[2]
    argv = [sys.executable, "-c", _HARD_IN_A_PROCESS.format(then=then)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(HARD)
    process.stdin.close()
    return process, int(process.stdout.readline())


def _is_there(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("ends", ["by itself", "killed"])
def test_no_page_is_waited_for_and_none_outlives_its_worker(ends: str, wait_until: Any) -> None:
    process, parser = _started("return" if ends == "by itself" else "await hard")
    if ends == "killed":
        process.kill()
    process.wait(60)
    assert process.stdout is not None
    process.stdout.close()
    wait_until(lambda: not _is_there(parser), "the parser outlived the worker", seconds=60)


async def test_the_loop_goes_on_while_a_page_is_hard() -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)  # gives the loop back: it is its turns that are counted

    turning = asyncio.create_task(turn())
    await read("<p>a" + " " * 60_000 + "b</p>")
    turning.cancel()
    assert turns > 100


def test_the_process_ends_with_its_input() -> None:
    """So it cannot outlive a worker that was killed."""
    root = Path(parsing.__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "ingestion.parser.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    said, _ = process.communicate(b'{"do": "addresses", "bytes": 21, "with": {}}\nhttps://example.com/a', timeout=60)
    assert json.loads(said)["found"]["pages"] == ["https://example.com/a"]
    assert process.returncode == 0


def test_the_process_is_held_to_its_processor_time_and_memory() -> None:
    limits = (
        "import resource, ingestion.parser.process as p; p._allow_cpu(1)\n"
        "try:\n resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000)); b' ' * 900_000_000\n"
        "except MemoryError: print('memory', flush=True)\n"
        "while True: pass"
    )
    root = Path(parsing.__file__).parents[2]
    begun = time.process_time()
    done = subprocess.run([sys.executable, "-c", limits], cwd=root, capture_output=True, timeout=100, check=False)
    assert done.stdout == b"memory\n"
    assert done.returncode < 0, "it was not ended by a signal"
    assert time.process_time() - begun < 60


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - OFTEN - {"many-attributes"}))  # that one is as HARD
async def test_a_poison_page_is_read_within_its_bounds(kind: str) -> None:
    served = KINDS[kind]()
    found = await parsing.page(served.body, served.headers["Content-Type"], URL)
    assert len(found.text) <= MOST_TEXT_CHARS


# Bounds


async def test_what_a_bound_cut_is_said() -> None:
    links = "".join(f"<a href='/p{n}'>page {n}</a> " for n in range(MOST_LINKS + 5))
    assert f"only its first {MOST_LINKS} links were followed" in (await read(f"<p>{PROSE}</p>{links}")).cut
    deep = await read("<div>" * (MOST_DEPTH + 100) + f"<p>{PROSE}</p>")
    assert deep.words > 100
    assert f"what is nested deeper than {MOST_DEPTH} elements was read as if it were not" in deep.cut
    long = await read(f"<p>{'word ' * (MOST_HTML_CHARS // 5 + 10)}</p>")
    assert long.cut == [
        f"only its first {MOST_HTML_CHARS:,} characters were read",
        f"only the first {MOST_TEXT_CHARS:,} characters of its text were kept",
    ]
    assert (await read(f"<p>{PROSE}</p>")).cut == []


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<div>" * 9 + "x" + "</div>" * 9, "<div>" * 3 + "x" + "</div>" * 3),
        ("<b><i><u><s>x", "<b><i><u>x"),
        (
            "<div>" * 4 + "x" + "</div>" * 4 + "<div><p>y</p></div>",
            "<div>" * 3 + "x" + "</div>" * 3 + "<div><p>y</p></div>",
        ),
        ("<p>a<p>b<p>c<p>d<p>e<li>f<li>g<br><br><br><br>", "<p>a<p>b<p>c<p>d<p>e<li>f<li>g<br><br><br><br>"),
        ("<ul><li>" * 5 + "x", "<ul><li>" * 3 + "<li>" * 2 + "x"),
        ("<a><a><a><a", "<a><a><a>"),
        ("1 < 2 and 2 < 3 and 3 < 4", "1 < 2 and 2 < 3 and 3 < 4"),
    ],
)
def test_what_is_nested_too_deep_loses_its_tags_and_keeps_its_text(html: str, kept: str) -> None:
    assert flattened(html, 3)[0] == kept


def test_the_shapes_of_a_picture_are_not_nested() -> None:
    html = "<div><svg>" + "<path d='M1'/><g><rect x='1' /></g>" * 50 + "</svg><p>Text.</p></div>" + "<i>a</i>" * 9
    assert flattened(html, 4) == (html, 0)


@pytest.mark.parametrize(
    "html", ["<svg><div>" + "<path/>" * 9, "<svg><p>" + "<path/>" * 9, "<path/>" * 9, "<svg></svg>" + "<rect/>" * 9]
)
def test_what_ends_in_itself_outside_a_picture_is_nested_as_browsers_nest_it(html: str) -> None:
    assert flattened(html, 3)[1] >= 6


def test_a_flattened_page_is_the_same_to_its_bound() -> None:
    html = "<div><section>" * 200 + PROSE + "</section></div>" * 200
    assert flattened(html, MOST_DEPTH) == (html, 0)


async def test_a_page_that_cannot_be_taken_apart_has_its_sentence(
    site: Any, model: Any, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    from genisys.testing import run_in_memory
    from ingestion.requests import IngestRequest
    from ingestion.workflow import ingest_site

    read_page = parsing.page

    async def hard(body: bytes, content_type: str, url: str, **more: Any) -> Any:
        if url.endswith("/hard"):
            raise TooHard("it took more than 10 s of processor time to take apart")
        return await read_page(body, content_type, url, **more)

    monkeypatch.setattr(parsing, "page", hard)
    site.page("/", ["/hard", "/soft"])
    site.page("/hard")
    site.page("/soft")
    report = await run_in_memory(ingest_site, IngestRequest(url=site.url + "/"))
    assert report.error is None
    rows = [event["data"] for event in report.events if event["type"] == "event" and event["name"] == "page"]
    last = {row["url"].rsplit("/", 1)[-1]: (row["stage"], row["note"]) for row in rows}
    assert last["hard"] == ("failed", "it took more than 10 s of processor time to take apart, so it was given up")
    assert last["soft"][0] == "read"
