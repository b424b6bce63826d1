"""Untrusted Markdown becomes harmless HTML."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from runs.presentation.markdown import SCHEMES, TAGS, render

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](/accounts/logout/)",
    "[x](//evil.example/)",
    '[x](https://a.example "\\" onmouseover=alert(1) ")',
    "![x](https://tracker.example/p.png)",
    "![<img src=x onerror=alert(1)>](x)",
    "<iframe src=https://evil.example></iframe>",
    "<style>*{display:none}</style>",
    "<form action=/x><input></form>",
    "<div id=run-state style='position:fixed'>over all</div>",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "<!-- --!><script>alert(1)</script>",
    "# <b onclick=alert(1)>h</b>",
    "| <i onfocus=alert(1)> | b |\n|--|--:|\n| <script>x</script> | d |",
    '<https://a.example/"onclick=alert(1)>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><mtext><script>alert(1)</script></mtext></math>",
]


@pytest.mark.parametrize("source", ATTACKS)
def test_nothing_that_runs_loads_or_covers_comes_out(source):
    soup = BeautifulSoup(render(source), "html.parser")
    for element in soup.find_all(True):
        assert element.name in TAGS
        assert set(element.attrs) <= {"href", "title", "rel", "start"}
        if href := element.get("href"):
            assert href.startswith("#") or href.split(":")[0] in SCHEMES


def test_links_to_other_sites_are_kept_and_vouch_for_nothing():
    (link,) = BeautifulSoup(render("[a page](https://a.example/x?y=1)"), "html.parser").find_all("a")
    assert link["href"] == "https://a.example/x?y=1"
    assert set(link["rel"]) == {"nofollow", "noopener", "noreferrer"}


def test_bare_addresses_become_links_and_places_on_the_page_stay_links():
    links = BeautifulSoup(render("See https://a.example/ and [1](#source-1)."), "html.parser").find_all("a")
    assert [link["href"] for link in links] == ["https://a.example/", "#source-1"]


def test_pictures_become_their_words():
    html = render("![A red <fox>](https://tracker.example/fox.png)")
    assert "tracker" not in html
    assert "[picture: A red &lt;fox&gt;]" in html


def test_headings_stand_below_the_page_s_own():
    soup = BeautifulSoup(render("# One\n\n## Two\n\n###### Six"), "html.parser")
    assert [(heading.name, heading.text) for heading in soup.find_all(True)] == [
        ("h2", "One"),
        ("h3", "Two"),
        ("h6", "Six"),
    ]


def test_tables_lists_and_code_come_through():
    html = render("| a | b |\n|---|---|\n| 1 | 2 |\n\n3. x\n4. y\n\n```py\nif a < b: ...\n```\n\n~~no~~")
    assert "<table>" in html
    assert '<ol start="3">' in html
    assert "if a &lt; b: ..." in html
    assert "<s>no</s>" in html
