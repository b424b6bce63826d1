"""On pages of every kind what is the page's own is kept, and what stands around it is not."""

from __future__ import annotations

import pytest

from ingestion.content.extraction import extract_page
from tests.ingestion.own_pages import PAGES, OwnPage


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.kind)
def test_a_page_of_each_kind_keeps_its_own(page: OwnPage) -> None:
    text = extract_page(page.html, page.url).text
    assert [each for each in page.must if each not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.kind)
def test_what_stands_around_a_page_is_not_kept(page: OwnPage) -> None:
    text = extract_page(page.html, page.url).text
    assert [each for each in page.must_not if each in text] == []
