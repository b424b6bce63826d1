"""What is kept of a page is what a reader sees of it: all cells, lines and numbers, nothing hidden, nothing around it."""

from __future__ import annotations

import time

import pytest

from ingestion.content.extraction import extract_page
from ingestion.content.passages import cut
from ingestion.markup import around
from ingestion.markup.tree import parsed

URL = "https://harbour.example/page"
PROSE = "The keeper of the lock writes down each boat that passes, with its name, its length and the hour. "
MORE = "In winter he opens the gates twice a day, when the tide allows it, and boats wait at the outer pontoon. "


def text_of(body: str, head: str = "", url: str = URL) -> str:
    html = f"<!doctype html><html><head><title>Lock</title>{head}</head><body><main><h1>The lock</h1>{body}</main></body></html>"
    return extract_page(html, url).text


def test_a_table_of_prices_keeps_every_cell() -> None:
    rows = [("", "Solo", "Team"), ("Email", "yes", "yes"), ("PDF", "no", "yes"), ("Print", "3", "unlimited")]
    table = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    text = text_of(f"<p>{PROSE}{MORE}</p><table>{table}</table><p>{MORE}</p>")
    assert [line for line in text.splitlines() if " | " in line] == [
        " | ".join(row).strip() if row[0] else " | ".join(row) for row in rows
    ]


def test_code_keeps_its_lines_and_indentation_in_text_and_passages() -> None:
    code = "def lamp(on):\n    if on:\n        return 1\n\n    return 0"
    text = text_of(f"<p>{PROSE}</p><pre><code>{code}\n</code></pre><p>{MORE}</p>")
    assert code in text
    assert any(code in piece.text for piece in cut(text))


def test_code_whose_lines_are_elements_keeps_them() -> None:
    text = text_of(f"<p>{PROSE}</p><pre><div>one:</div><div>  two: 2</div></pre><p>{MORE}</p>")
    assert "one:\n  two: 2" in text


def test_a_numbered_list_keeps_its_numbers_and_another_its_dashes() -> None:
    steps = "<ol start=3><li>Call the keeper by radio.</li><li value=7>Wait for the green light.</li><li>Enter slowly.</li></ol>"
    text = text_of(f"<p>{PROSE}</p>{steps}<ul><li>Keep the engine in neutral gear.</li></ul><p>{MORE}</p>")
    assert [line for line in text.splitlines() if line[:1] in "378-" and line] == [
        "3. Call the keeper by radio.",
        "7. Wait for the green light.",
        "8. Enter slowly.",
        "- Keep the engine in neutral gear.",
    ]


def test_a_button_runs_into_no_word_beside_it() -> None:
    text = text_of(f"<p>{PROSE}{MORE}</p><p>Press<button>Save</button>twice, then (<button>Close</button>).</p>")
    assert "Press Save twice, then (Close)." in text


@pytest.mark.parametrize(
    "question",
    [
        "<h3><button>May a boat stay over night?</button></h3><div hidden id=a1>Yes, for three nights.</div>",
        "<button aria-expanded=false>May a boat stay over night?</button><div hidden>Yes, for three nights.</div>",
        "<h3><span role=button aria-expanded=false>May a boat stay over night?</span></h3>"
        "<div style='display:none'>Yes, for three nights.</div>",
        "<details><summary>May a boat stay over night?</summary><p>Yes, for three nights.</p></details>",
        "<dl><dt>May a boat stay over night?</dt><dd>Yes, for three nights.</dd></dl>",
        "<div class=faq-item><div class=faq-question>May a boat stay over night?</div>"
        "<div class=faq-answer style='display:none'>Yes, for three nights.</div></div>",
    ],
)
def test_a_question_that_opens_stays_with_its_answer(question: str) -> None:
    opened = question.replace("<button>", "<button aria-controls=a1>")
    lines = text_of(f"<p>{PROSE}{MORE}</p>{opened}").replace("## ", "").splitlines()
    at = lines.index("May a boat stay over night?")
    assert lines[at + 1] == "Yes, for three nights."


@pytest.mark.parametrize(
    "menu",
    [
        "<nav><button aria-expanded=false>Boats</button><div hidden>Small ones and large ones.</div></nav>",
        "<button aria-expanded=false>Boats</button><ul hidden><li>Small ones and large ones.</ul>",
        "<button aria-expanded=false>Boats</button>"
        "<div hidden><a href=/s>Small ones and</a> <a href=/l>large ones.</a></div>",
        "<button>Boats</button><div hidden>Small ones and large ones.</div>",
    ],
)
def test_a_menu_that_opens_and_what_no_button_opens_are_no_answer(menu: str) -> None:
    assert "Small ones" not in text_of(f"<p>{PROSE}{MORE}</p>{menu}")


HIDDEN = "SECRET words that nobody can see on this page at all, told to machines alone."


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (f"<p hidden>{HIDDEN}</p>", ""),
        (f"<div style='display: none'><p>{HIDDEN}</p></div>", ""),
        (f"<p style='visibility:hidden'>{HIDDEN}</p>", ""),
        (f"<p style='font-size:0px'>{HIDDEN}</p>", ""),
        (f"<p style='position:absolute;left:-9999px'>{HIDDEN}</p>", ""),
        (f"<p style='height:1px;width:1px;overflow:hidden'>{HIDDEN}</p>", ""),
        (f"<div aria-hidden=true><p>{HIDDEN}</p></div>", ""),
        (f"<span class='sr-only'>{HIDDEN}</span>", ""),
        (f"<p class='note ghost'>{HIDDEN}</p>", "<style>.a{color:red} .ghost , .b { display : none }</style>"),
        (f"<p id=ghost>{HIDDEN}</p>", "<style>@media print{p{color:red}} #ghost{visibility:hidden}</style>"),
        (f"<template><p>{HIDDEN}</p></template>", ""),
    ],
)
def test_what_people_cannot_see_is_no_text(body: str, head: str) -> None:
    text = text_of(f"<p>{PROSE}</p>{body}<p>{MORE}</p>", head)
    assert "SECRET" not in text
    assert "keeper of the lock" in text and "outer pontoon" in text


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (f"<p class=wide>{HIDDEN}</p>", "<style>@media print{.wide{display:none}}</style>"),
        (f"<p class=ghost>{HIDDEN}</p>", "<style>.ghost{display:none}.ghost{display:block}</style>"),
        (f"<p class=ghost>{HIDDEN}</p>", "<style>.closed .ghost{display:none}</style>"),
        (f"<div role=tabpanel hidden><p>{HIDDEN}</p></div>", ""),
        (f"<div style='font-size:0.9em'><p>{HIDDEN}</p></div>", ""),
        (f"<div style='margin-left:-15px'><p>{HIDDEN}</p></div>", ""),
    ],
)
def test_what_people_can_see_or_open_is_text(body: str, head: str) -> None:
    assert "SECRET" in text_of(f"<p>{PROSE}{MORE}</p>{body}<p>{MORE}</p>", head)


def test_a_page_that_a_script_uncovers_is_not_hidden() -> None:
    body = f"<div id=app style='visibility:hidden'><h1>The lock</h1><p>{PROSE}</p><p>{MORE}</p></div>"
    assert "keeper of the lock" in extract_page(f"<html><body>{body}</body></html>", URL).text


def test_longer_comments_do_not_become_the_page() -> None:
    comments = "".join(f"<div class=comment><p>COMMENT {n}: {MORE * 2}</p></div>" for n in range(9))
    body = f"<article><p>The lock was repaired this week, and boats of nine metres pass it again.</p></article><section id=comments>{comments}</section>"
    text = text_of(body)
    assert "repaired this week" in text
    assert "COMMENT" not in text


def test_posts_of_a_forum_stay() -> None:
    posts = "".join(f"<div class=comment><p>POST {n}: {MORE}</p></div>" for n in range(4))
    body = f"<article><p>{PROSE}</p></article><section id=comments>{posts}</section>"
    assert "POST 3" in text_of(body, url="https://forum.example/t/lock/12")


@pytest.mark.parametrize(
    "name", ["cookie-banner", "onetrust-consent-sdk", "cmplz-cookiebanner-container", "cc-window cookieconsent"]
)
def test_a_longer_cookie_banner_does_not_become_the_page(name: str) -> None:
    ask = (
        "We and our partners use cookies to process personal data for personalised ads. Accept all or reject all. " * 4
    )
    html = f"<html><body><div class='{name}' id='{name}'><h2>Privacy</h2><p>{ask}</p></div><div><h1>Lock</h1><p>Boats pay ten coins.</p></div></body></html>"
    found = extract_page(html, URL)
    assert found.text == "## Lock\nBoats pay ten coins."


def test_a_policy_about_cookies_is_a_page() -> None:
    policy = (
        "<h1>Cookies</h1><p>We use cookies to count visits, if you accept them. We keep your consent for a year.</p>"
        * 2
    )
    assert (
        "count visits" in extract_page(f"<html><body><div class=cookie-policy>{policy}</div></body></html>", URL).text
    )


def test_invisible_characters_hide_no_word() -> None:
    text = text_of(f"<p>The har&shy;bour mas\u200bter of the lock. {PROSE}</p><p>{MORE}</p>")
    assert "The harbour master of the lock." in text


def test_a_main_element_without_a_body_is_the_page() -> None:
    found = extract_page(f"<!doctype html><title>Lock</title><main><h1>Lock</h1><p>{PROSE}</p></main>", URL)
    assert "keeper of the lock" in found.text


def test_what_only_browsers_without_scripts_are_shown_is_text_where_there_is_no_other() -> None:
    posts = f"<h1>A question</h1><p>{PROSE}</p><p>{MORE}</p>"
    forum = f"<html><body><noscript>{posts}</noscript><div id=app></div></body></html>"
    other = f"<html><body><h1>Lock</h1><p>{PROSE * 3}</p><noscript><p>Please enable scripts. {'x ' * 200}</p></noscript></body></html>"
    assert "outer pontoon" in extract_page(forum, URL).text
    assert "enable scripts" not in extract_page(other, URL).text


@pytest.mark.parametrize(
    "html",
    [
        "<div class=cookie>" * 400 + "we use cookies accept consent " * 2000,
        "<div class=comments><p>A word of praise for the keeper.</p></div>" * 3000,
    ],
)
def test_what_looks_for_banners_and_comments_ends_on_pages_made_of_them(html: str) -> None:
    tree = parsed(html)
    begun = time.process_time()
    around.take_banners(tree)
    around.take_comments(tree, URL, html)
    assert time.process_time() - begun < 3


def test_marks_of_formulas_without_a_picture_are_no_text() -> None:
    body = f"<p>{PROSE} From <span class=MATH>4#4</span>start<span class=MATH>5#5</span> on, 2#3 and issue#4.</p>"
    made = '<meta name="Generator" content="LaTeX2HTML v2022.2">'
    assert "From start on, 2#3 and issue#4." in text_of(body, made)
    assert "From 4#4start5#5 on" in text_of(body)


@pytest.mark.parametrize(
    ("before", "after"), [('rel="prev"', 'rel="next"'), ('accesskey="p"', 'accesskey="n"'), ("rel=up", "rel='Next'")]
)
def test_the_lines_that_lead_through_a_manual_are_no_text(before: str, after: str) -> None:
    turns = (
        f"<p>Next: <a href=b {after}>Tides</a>, Before: <a href=a {before}>Moor</a> &nbsp; [<a href=c>Contents</a>]</p>"
    )
    text = text_of(f"{turns}<h2>Gates</h2><p>{PROSE}{MORE}</p>{turns}<h2>Lamps</h2><p>{MORE}{PROSE}</p>")
    assert "Contents" not in text and "Before:" not in text and "Gates" in text and "Lamps" in text


def test_prose_that_leads_on_is_kept() -> None:
    on = 'Boats that wait are called by <a href="b" rel="next">radio</a>, and those behind the gate by its lamp.'
    assert "Boats that wait are called by radio, and those behind" in text_of(f"<p>{PROSE}</p><p>{on}</p><p>{MORE}</p>")
