"""A page's title is its own, and its days are those that it names."""

from __future__ import annotations

import pytest

from ingestion.content.dates import as_day
from ingestion.content.extraction import extract_page
from ingestion.content.titles import own_title


@pytest.mark.parametrize(
    ("title", "og_title", "h1", "site", "right"),
    [
        ("Home | Tarn Bay", "How to moor", "How to moor", "", "How to moor"),
        ("How to moor | Tarn Bay", "", "", "Tarn Bay", "How to moor"),
        ("Tarn Bay - How to moor", "", "", "Tarn Bay", "How to moor"),
        ("How to moor – Tarnbay", "", "", "", "How to moor"),
        ("Pricing | Tarn Bay", "Pricing", "Tarn Bay", "", "Pricing"),
        ("Harbour notes", "", "Mooring", "", "Mooring"),
        ("Tarn Bay", "", "", "Tarn Bay", "Tarn Bay"),
        ("Home", "", "Welcome", "Tarn Bay", "Home"),
        ("C - the language", "", "C - the language", "", "C - the language"),
        ("港口规则 | 塔恩湾", "", "", "塔恩湾", "港口规则"),
        ("", "", "", "", ""),
    ],
)
def test_a_title_is_the_pages_own(title: str, og_title: str, h1: str, site: str, right: str) -> None:
    found = own_title(title=title, og_title=og_title, h1=h1, site_name=site, url="https://tarnbay.example/moor")
    assert found == right


def test_a_logo_is_no_title() -> None:
    logo = "<h1 class=logo><a href='/'>Acme Boats</a></h1>"
    html = f"<title>Pricing | Acme</title>{logo}<h1>What it costs</h1><p>Ten coins.</p>"
    assert extract_page(html, "https://acme.example/pricing").title == "What it costs"


@pytest.mark.parametrize(
    ("title", "headings", "address", "right"),
    [
        (
            "Where to store ropes - Tarn Bay",
            ["Browse by category", "Where To Store Ropes"],
            "/ropes",
            "Where To Store Ropes",
        ),
        ("Storing ropes", ["1. Summary", "2. Introduction"], "/ropes.html", "Storing ropes"),
        ("Folding anchors | Tarn Bay", ["Related products", "You may also like"], "/anchors", "Folding anchors"),
        ("Why ropes rot | Tarn Bay", ["Blog"], "/blog/why", "Why ropes rot"),
        ("Storing ropes", ["1. Overview", "2. How ropes are stored", "3. Storing wet ropes"], "/r", "Storing ropes"),
        ("10 ropes, 3 knots", ["10 ropes, 3 knots", "3 knots"], "/r", "10 ropes, 3 knots"),
        ("", ["1. Overview", "2. Ropes"], "/r", "1. Overview"),
        ("Blog | Tarn Bay", ["Blog"], "/blog", "Blog"),
        ("Assistants for skippers - Tarn Bay", ["Know more"], "/assistants-for-skippers", "Assistants for skippers"),
        ("ロープの保管 | タルン湾", ["検索", "ロープの保管"], "/ropes", "ロープの保管"),
        ("Tarn Bay", ["Ropes", "Knots"], "/ropes", "Ropes"),
    ],
)
def test_a_heading_of_a_part_is_no_title(title: str, headings: list[str], address: str, right: str) -> None:
    body = "".join(f"<h1>{each}</h1><p>Ten coins a night, and the quay is lit.</p>" for each in headings)
    assert extract_page(f"<title>{title}</title>{body}", f"https://tarnbay.example{address}").title == right


@pytest.mark.parametrize(
    ("head", "days"),
    [
        ("<meta property='article:published_time' content='2024-03-01T10:00:00Z'>", ("2024-03-01", "")),
        ("<meta name='last-modified' content='2024-05-02'>", ("", "2024-05-02")),
        (
            '<script type="application/ld+json">{"@graph":[{"@type":"Article","datePublished":"2024-01-02T08:00+01:00",'
            '"dateModified":"2025-02-03"}]}</script><meta name="date" content="2020-01-01">',
            ("2024-01-02", "2025-02-03"),
        ),
        ("<script type='application/ld+json'>{broken</script>", ("", "")),
    ],
)
def test_days_of_publication_and_change_are_kept(head: str, days: tuple[str, str]) -> None:
    found = extract_page(f"<html><head>{head}</head><body><p>Ten coins.</p></body></html>", "https://acme.example/")
    assert (found.published, found.changed) == days


def test_a_time_element_that_says_what_it_is_counts_and_another_does_not() -> None:
    html = "<p>On <time datetime=1911-05-06>that day</time></p><time class=entry-date datetime=2024-05-06>May</time>"
    assert extract_page(html, "https://acme.example/").published == "2024-05-06"


@pytest.mark.parametrize(("text", "day"), [("2024-02-30", ""), ("20240229", "2024-02-29"), ("soon", ""), ("2024", "")])
def test_only_a_day_that_exists_is_one(text: str, day: str) -> None:
    assert as_day(text) == day
