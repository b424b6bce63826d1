"""Addresses: asked as they were found, told apart by a key; what a person typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genisys import UserError
from ingestion.web.addresses import addresses_to_try
from ingestion.web.links import canonical, same_page_key, same_site

HOME = "https://example.com/"


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ("/a", "https://example.com/a"),
        ("a/../b#part", "https://example.com/b"),
        ("HTTPS://Example.COM:443/A", "https://example.com/A"),
        ("/a?utm_source=x&id=2&gclid=9", "https://example.com/a?utm_source=x&id=2&gclid=9"),
        ("/a;jsessionid=123", "https://example.com/a;jsessionid=123"),
        ("/a b", "https://example.com/a%20b"),
        ("?page=2&a=1", "https://example.com/?page=2&a=1"),
        ("/a%2fb?q=a+b&q=%C3%A4&r=[1]", "https://example.com/a%2fb?q=a+b&q=%C3%A4&r=[1]"),
        ("/Straße", "https://example.com/Stra%C3%9Fe"),
        ("//other.org/x", "https://other.org/x"),
        ("mailto:a@b.c", None),
        ("javascript:void(0)", None),
        ("http://user:pass@example.com/", None),
        ("http://example.com:port/", None),
        ("http://[::1/", None),
        ("/" + "a" * 3000, None),
    ],
)
def test_an_address_is_asked_for_as_it_was_found(found: str, kept: str | None) -> None:
    assert canonical(found, HOME) == kept


@given(st.text(max_size=60))
def test_no_text_breaks_an_address_and_it_is_stable(text: str) -> None:
    once = canonical(text, HOME)
    if once is not None:
        assert canonical(once) == once
        assert same_page_key(once) == same_page_key(canonical(once) or "")


@pytest.mark.parametrize(
    "way",
    [
        "http://www.example.com/a/",
        "https://example.com/a/index.html",
        "https://example.com/A",
        "https://example.com/a?utm_source=x&gclid=9",
        "https://example.com/a;jsessionid=1A2B",
        "https://example.com/a?sid=9f8e7d6c5b4a39281706",
        "https://example.com//a",
        "https://example.com/%61",
    ],
)
def test_ways_to_write_one_page_share_a_key(way: str) -> None:
    assert same_page_key(way) == same_page_key("https://example.com/a")


@pytest.mark.parametrize("other", ["/a?x=1", "/b", "/a?source=api", "/a?sid=4", "/a/b"])
def test_other_pages_have_another_key(other: str) -> None:
    assert same_page_key("https://example.com" + other) != same_page_key("https://example.com/a")


def test_parameters_in_another_order_are_the_same_page() -> None:
    assert same_page_key(HOME + "a?x=1&y=2") == same_page_key(HOME + "a?y=2&x=1")


def test_a_sub_domain_is_another_site() -> None:
    assert same_site("http://www.example.com/a", HOME)
    assert not same_site("https://docs.example.com/", HOME)
    assert not same_site("https://example.com.evil.org/", HOME)
    assert same_site("https://docs.example.com/", HOME, sub_domains=True)
    assert not same_site("https://notexample.com/", HOME, sub_domains=True)


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
