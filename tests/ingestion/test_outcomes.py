"""Walls, errors and shells are told apart from pages, which are kept however short or whatever they are of."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.walls import command as walls
from ingestion.content.extraction import extract_page
from ingestion.outcomes import phrases
from ingestion.outcomes.screened import Screened
from ingestion.outcomes.verdict import Verdict, verdict
from tests.depth import by_depth

PROSE = "The keeper of the lock writes down each boat that passes, with its name, its length and the hour. "


@pytest.fixture(scope="module")
def fixtures() -> list[walls.Judged]:
    return walls.judged()


def judged(html: str, url: str = "https://acme.example/page", status: int = 200) -> Verdict:
    return verdict(extract_page(html, url).evidence, url, status)


@pytest.mark.parametrize("kind", list(walls.KINDS))
def test_walls_are_found_and_look_alikes_kept(kind: str, fixtures: list[walls.Judged]) -> None:
    own = [each for each in fixtures if each.fixture.kind == kind]
    assert len(own) >= 40 and sum(each.fixture.outcome == "ok" for each in own) >= 20
    found = walls.figures(own)
    assert found["precision"] >= 0.95 and found["recall"] >= 0.9 and found["innocent_kept"] >= 0.95


def test_all_kinds_together_keep_what_they_promise(fixtures: list[walls.Judged]) -> None:
    found = walls.figures([each for each in fixtures if each.held_out])
    assert found["precision"] >= 0.98 and found["recall"] >= 0.9 and found["innocent_kept"] >= 0.98


def test_one_sign_alone_decides_nothing() -> None:
    titled = f"<title>Just a moment...</title><body><h1>Tea</h1><p>{PROSE * 4}</p></body>"
    marked = f"<title>Tea</title><script>var dd={{'rt':'c'}}</script><body><h1>Tea</h1><p>{PROSE * 4}</p></body>"
    assert judged(titled).outcome == judged(marked).outcome == "ok"


def test_a_reason_says_by_what_it_was_judged() -> None:
    found = judged("<title>Sign in</title><form><label>Password</label><input type=password></form>")
    assert found.outcome == "login_wall"
    assert found.reason == "a page to sign in on, by a field for a password, its title and what it says"


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Contact</h1><p>Acme Boats, 12 Quay Street, Tarn Bay. Call 555 0134 or write to us. Open nine to five.</p>",
        "<h1>料金</h1><p>係留料金は一日千二百円です。電気は三百円、水道は無料でお使いいただけます。お支払いは窓口でどうぞ。</p>",
        "<h1>Prices</h1><p>Solo $9. Team $29.</p>",
    ],
)
def test_a_short_page_that_says_something_is_a_page(body: str) -> None:
    assert judged(f"<title>Acme</title><body>{body}</body>").outcome == "ok"


@pytest.mark.parametrize(
    "body", ["", "<h1>Boats</h1>", "<h1>Boats</h1><p>Coming soon!</p>", "<h1>News</h1><p>No posts found.</p>"]
)
def test_a_page_that_says_nothing_is_thin(body: str) -> None:
    assert judged(f"<title>Acme</title><body>{body}</body>").outcome == "thin"


def test_a_page_that_asks_not_to_be_indexed_is_not_kept() -> None:
    head = "<meta name='robots' content='noindex, follow'>"
    assert judged(f"<title>Tea</title>{head}<body><h1>Tea</h1><p>{PROSE}</p></body>").outcome == "noindex"
    other = head.replace("robots", "googlebot")
    assert judged(f"<title>Tea</title>{other}<body><h1>Tea</h1><p>{PROSE}</p></body>").outcome == "ok"


POST = {"title": "The lock", "body": f"<p>{PROSE}</p><p>Boats wait outside.</p>", "slug": "the-lock"}
STATE = json.dumps({"props": {"pageProps": {"post": POST}}})
ANSWER = {"@type": "Answer", "text": PROSE.strip()}
QUESTION = {"@type": "Question", "name": "May I stay?", "acceptedAnswer": ANSWER}
LINKED = json.dumps({"@type": "FAQPage", "mainEntity": [QUESTION]})


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        (
            f"<script id=__NEXT_DATA__ type=application/json>{STATE}</script>",
            ["The lock", PROSE.strip(), "Boats wait outside."],
        ),
        (
            f"<script>window.__INITIAL_STATE__={STATE};(function(){{}})()</script>",
            ["The lock", PROSE.strip(), "Boats wait outside."],
        ),
        (f'<script type="application/ld+json">{LINKED}</script>', ["May I stay?", PROSE.strip()]),
    ],
)
def test_an_application_is_read_from_its_data(script: str, lines: list[str]) -> None:
    html = f"<title>Acme</title><body><div id=__next></div>{script}<script src=/a.js></script></body>"
    assert extract_page(html, "https://acme.example/").text.splitlines() == lines
    assert judged(html).outcome == "ok"


def test_what_a_page_shows_comes_before_its_data() -> None:
    state = f"<script id=__NEXT_DATA__>{STATE.replace('keeper', 'SPARE')}</script>"
    html = f"<title>Tea</title><body><h1>Tea</h1><p>{PROSE * 3}</p>{state}</body>"
    assert "SPARE" not in extract_page(html, "https://acme.example/").text


def test_settings_and_class_names_in_the_data_are_no_text() -> None:
    settings = {"greeting": "a long text of settings that is for nobody"}
    state = json.dumps(
        {"config": settings, "className": "flex grid gap-4 text-sm font-bold", "url": "https://a.b/c d e f g"}
    )
    html = f"<body><div id=__next></div><script id=__NEXT_DATA__>{state}</script></body>"
    assert extract_page(html, "https://acme.example/").text == ""


SCREENED = [each for each in vars(phrases).values() if isinstance(each, Screened)]


def test_the_quick_look_at_phrases_passes_over_none(fixtures: list[walls.Judged]) -> None:
    """What the exact pattern finds in any of the pages, line by line, the screen before it lets through."""
    lines = {
        line.strip()
        for each in fixtures[:: by_depth(quick=3, full=1)]
        for line in extract_page(each.fixture.html, each.fixture.url).evidence.said.splitlines()
    }
    found = 0
    for screened in SCREENED:
        exact = re.compile(screened.pattern, re.I)
        for line in lines:
            if exact.search(line):
                found += 1
                assert screened.search(line) and screened.may_stand_in(f"before\n{line}\nafter"), (
                    line,
                    screened.pattern,
                )
    assert found > 100


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"caf\w\b", "ein Café"),
        (r"^prix\s+\d+$", "Prix\u00a0٣٤"),
        (r"\bfoo\b(?! (?:bar|baz))", "a foo here"),
        (r"page.{0,5}?(?:gone|lost)\W*$", "Page is gone…"),
        (r"[|–—-]\s*login[\w\s]{2,4}", "A – Login été"),
        (r"^üye giriş", "ÜYE GİRİŞİ"),
        (r"sayfa bulunamadı", "SAYFA BULUNAMADI"),
    ],
)
def test_a_looser_pattern_finds_what_the_exact_one_finds(pattern: str, text: str) -> None:
    assert re.search(pattern, text, re.I), "the case itself is wrong"
    assert Screened(pattern).may_stand_in(text)
    assert Screened(pattern).search(text)


def test_the_quick_look_knows_each_letter_in_all_its_cases() -> None:
    letters = {each.lower() for screened in SCREENED for each in screened.pattern if each.isalpha()}
    cased = [chr(code) for code in range(0x10000) if chr(code).lower() != chr(code).upper()]
    for letter in letters:
        exact, screened = re.compile(letter, re.I), Screened(letter)
        missed = [each for each in cased if exact.search(each) and not screened.may_stand_in(each)]
        assert not missed, (letter, missed)
