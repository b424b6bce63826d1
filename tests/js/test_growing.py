"""A text that is still being written: what its reader sees of it is the same from the server and in the page."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from agents.rendering import section_html
from runs.presentation import growing, markdown
from runs.presentation.growing import grown, mended
from tests.browser.payloads import PAYLOADS
from tests.comparable_html import looks

HERE = Path(__file__).parent
CASES: list[list[str]] = json.loads((HERE / "growing.json").read_text())
ATTACKS = [
    *PAYLOADS.values(),
    "[x](//evil.example/)",
    "[x](/accounts/logout/)",
    "![a <b>](x)",
    "\\[3] [3](u) [3]: [03]",
]
ARTICLE = (HERE / "growing.md").read_text()


def made_in_the_page(texts: list[str]) -> list[tuple[str, str]]:
    """What the page makes of each text: it mended, and its HTML."""
    node = shutil.which("node")
    assert node is not None, "No node on PATH: the page's modules cannot be tested."
    argv = [node, str(HERE / "growing_server.mjs")]
    done = subprocess.run(argv, input=json.dumps(texts), capture_output=True, text=True, timeout=60, check=True)
    return [(whole, html) for whole, html in json.loads(done.stdout)]


@pytest.mark.parametrize(("text", "whole"), CASES, ids=lambda text: text[:20])
def test_what_is_open_is_closed_and_what_is_half_there_is_held_back(text: str, whole: str) -> None:
    assert mended(text) == whole


def test_the_page_mends_and_draws_as_the_server_does_wherever_a_text_is_cut() -> None:
    texts = [text for text, _ in CASES] + [ARTICLE[:end] for end in range(len(ARTICLE) + 1)]
    made = made_in_the_page(texts)
    assert [whole for whole, _ in made] == [mended(text) for text in texts]
    for text, (_, html) in zip(texts, made, strict=True):
        assert looks(html) == looks(grown(text, 0, section_html).html), text[-60:]


def test_the_page_makes_of_hostile_text_what_the_server_makes() -> None:
    texts = [f"{text}\n\nThe end." for text in ATTACKS]
    for text, (_, html) in zip(texts, made_in_the_page(texts), strict=True):
        assert looks(html) == looks(section_html(text)), text


def test_no_mark_of_markdown_is_seen_wherever_a_text_is_cut() -> None:
    for end in range(len(ARTICLE) + 1):
        soup = BeautifulSoup(grown(ARTICLE[:end], 0, section_html).html, "html.parser")
        for code in soup.find_all("code"):
            code.decompose()
        text = soup.get_text().replace("2 * 3", "").replace("<script>", "").replace("argv[", "")
        assert not set("*`|#[]") & set(text), f"after {ARTICLE[max(end - 40, 0) : end]!r}: {text[-60:]!r}"


def test_a_text_that_grew_to_its_end_looks_as_the_finished_one_does() -> None:
    for render in (markdown.render, section_html):
        assert grown(ARTICLE, 0, render).html.replace("\n", "") == render(ARTICLE).replace("\n", "")


def test_what_is_settled_is_all_before_the_last_block_and_counted_as_a_browser_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(growing, "CHUNK", 10)
    text = "# 😀\n\nOne.\n\n- two\n- three\n\nFour. *Fi"
    found = grown(text, 7)
    assert found.drawn == f"7:{text.index('Four') + 1}:3"  # one sign takes two units
    assert found.html.replace("\n", "") == markdown.render(f"{text}*").replace("\n", "")
    assert grown("One\nTwo\n# Three", 0).drawn == "0:0:0"
    assert grown("- a\r\n\r\n- b\r\n\r\nc", 0).drawn == "0:14:1"


def test_a_text_with_too_many_marks_is_shown_as_it_stands() -> None:
    found = grown("<b>[" * 2_500, 0)
    assert found.raw
    assert found.html.startswith("&lt;b&gt;[")
    assert '<p class="raw">[[' in grown(f"One.\n\n{'[' * 1_001}", 0).html
    assert "<pre><code>" in grown(f"```\n{'[' * 1_001}", 0).html
