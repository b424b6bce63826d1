"""Addresses: one form for each, the useless ones left out, the telling ones first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genisys import UserError
from ingestion.web.addresses import addresses_to_try
from ingestion.web.links import (
    Candidate,
    Frontier,
    Group,
    canonical,
    choose,
    grouped,
    junk,
    ranked,
    same_page_key,
    same_site,
)

HOME = "https://example.com/"


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ("/a", "https://example.com/a"),
        ("a/../b#part", "https://example.com/b"),
        ("HTTPS://Example.COM:443/A", "https://example.com/A"),
        ("/a?utm_source=x&id=2&gclid=9", "https://example.com/a?id=2"),
        ("/a;jsessionid=123", "https://example.com/a"),
        ("/a b", "https://example.com/a%20b"),
        ("?page=2&a=1", "https://example.com/?a=1&page=2"),
        ("//other.org/x", "https://other.org/x"),
        ("mailto:a@b.c", None),
        ("javascript:void(0)", None),
        ("http://user:pass@example.com/", None),
        ("http://example.com:port/", None),
        ("http://[::1/", None),
        ("/" + "a" * 3000, None),
    ],
)
def test_an_address_has_one_form(found: str, kept: str | None) -> None:
    assert canonical(found, HOME) == kept


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_one_form_and_it_is_stable(text: str) -> None:
    once = canonical(text, HOME)
    if once is not None:
        assert canonical(once) == once
        assert junk(once) is None or isinstance(junk(once), str)


def test_ways_to_write_one_page_share_a_key() -> None:
    ways = ("http://www.example.com/a/", "https://example.com/a", "https://example.com/a/index.html")
    assert len({same_page_key(way) for way in ways}) == 1
    assert same_page_key("https://example.com/a?x=1") != same_page_key("https://example.com/a")


def test_a_sub_domain_is_another_site() -> None:
    assert same_site("http://www.example.com/a", HOME)
    assert not same_site("https://docs.example.com/", HOME)
    assert not same_site("https://example.com.evil.org/", HOME)


@pytest.mark.parametrize(
    "path",
    [
        "/logo.png",
        "/paper.PDF",
        "/wp-login.php",
        "/login",
        "/cart",
        "/tag/red",
        "/feed/",
        "/a/b/a/b/a/b/a",
        "/x?a=1&b=2&c=3&d=4",
        "/list?sort=up",
        "/_sources/index.rst.txt",
        "/genindex.html",
        "/" + "d/" * 11,
    ],
)
def test_pages_that_teach_nothing_are_left_out(path: str) -> None:
    assert junk("https://example.com" + path)


@pytest.mark.parametrize(
    "path", ["/", "/about", "/docs/login-flows", "/blog/2024/05/how-to", "/a?id=1", "/v1.2/guide.html"]
)
def test_pages_that_may_teach_something_stay(path: str) -> None:
    assert junk("https://example.com" + path) is None


def test_a_page_found_twice_counts_once_and_gains_weight() -> None:
    frontier = Frontier(HOME)
    frontier.add("/a", base=HOME)
    frontier.add("http://www.example.com/a/", label="The A")
    frontier.add("https://other.org/")
    assert [(found.url, found.linked, found.label) for found in frontier.unread([])] == [
        ("https://example.com/a", 2, "The A")
    ]
    assert frontier.unread(["https://example.com/a/"]) == []


def test_pages_about_the_offer_come_before_small_print() -> None:
    paths = ("privacy", "blog/2020/x", "pricing", "about", "jobs/cook")
    order = [found.url.rpartition("/")[2] for found in ranked([Candidate(url=HOME + path) for path in paths], HOME)]
    assert set(order[:2]) == {"pricing", "about"}
    assert order[-1] in ("privacy", "cook")


def test_the_order_does_not_depend_on_the_order_of_finding() -> None:
    found = [Candidate(url=f"{HOME}p/{number}") for number in range(30)]
    assert ranked(found, HOME) == ranked(reversed(found), HOME)
    assert grouped(found, HOME) == grouped(list(reversed(found)), HOME)


def test_a_start_deep_in_a_site_prefers_its_own_part() -> None:
    home = "https://docs.example.com/en/latest/"
    found = [Candidate(url=f"https://docs.example.com/{path}") for path in ("about", "en/latest/install")]
    assert ranked(found, home)[0].url.endswith("install")


def test_groups_are_few_and_lose_no_page() -> None:
    found = [Candidate(url=f"{HOME}part{number % 40}/page{number}") for number in range(400)]
    groups = grouped(found, HOME)
    assert len(groups) <= 16
    assert sorted(url for group in groups for url in group.urls) == sorted(candidate.url for candidate in found)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=8),
    st.lists(st.integers(-3, 12), max_size=12),
    st.integers(0, 60),
)
def test_choosing_keeps_the_limit_and_invents_nothing(sizes: list[int], order: list[int], limit: int) -> None:
    groups = [
        Group(label=str(place), urls=[f"{place}/{number}" for number in range(size)], score=0)
        for place, size in enumerate(sizes)
    ]
    chosen = choose(groups, order, limit)
    everything = {url for group in groups for url in group.urls}
    assert len(chosen) == len(set(chosen)) == min(limit, len(everything))
    assert set(chosen) <= everything


def test_the_first_group_gets_most_and_no_group_nothing() -> None:
    groups = [Group(label=str(place), urls=[f"{place}/{n}" for n in range(100)], score=0) for place in range(4)]
    chosen = choose(groups, [2], 40)
    count = {place: sum(url.startswith(f"{place}/") for url in chosen) for place in range(4)}
    assert count[2] == max(count.values())
    assert min(count.values()) >= 1


def test_a_bare_domain_means_https_and_then_http() -> None:
    assert addresses_to_try(" Example.com/a ") == ["https://example.com/a", "http://example.com/a"]
    assert addresses_to_try("http://example.com") == ["http://example.com/"]
    assert addresses_to_try("127.0.0.1:8001/x")[1] == "http://127.0.0.1:8001/x"
    assert addresses_to_try("localhost:8001", ["localhost"])[1] == "http://localhost:8001/"


@pytest.mark.parametrize(
    "typed", ["hello", "hello world", "ftp://a.b/", "javascript:alert(1)", "http://", "..", "a@b.c", ""]
)
def test_what_is_no_address_is_told(typed: str) -> None:
    with pytest.raises(UserError, match="is not a web address"):
        addresses_to_try(typed)
