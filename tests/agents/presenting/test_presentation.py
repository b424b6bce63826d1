"""What a post is presented with says no more than the post, and links only to pages that were read."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.urls import reverse
from docx import Document

from agents.access import own_pages
from agents.export.page import page_of
from agents.export.word import word_file
from agents.models import Citation, Post
from agents.presenting.links import Related, closest
from agents.presenting.presentation import LONGEST_DESCRIPTION, beginning_of, fits, slug_of, sound_titles
from agents.presenting.shown import about
from ingestion.models import Page, Site

TEXT = "A heat pump is checked once a year. The filter is cleaned every 3 months. It needs no oil."
MARKDOWN = f"# Heat pumps\n\n{TEXT.replace('. ', '.[1] ')}[1]\n\n## Cleaning the filter\n\nUse `water`.[1]\n"


def test_titles_bring_nothing_that_the_post_does_not_say() -> None:
    proposed = [
        "How a heat pump is kept well",
        "“Heat pumps.”",
        "Heat pumps: 7 secrets of the filter",
        "Why Daikin heat pumps need no oil",
        "The best heat pump in the world",
        "How a heat pump is kept well",
        "Write the text of this section now",
        "",
    ]
    assert sound_titles(proposed, "Heat pumps", TEXT) == ["How a heat pump is kept well"]


def test_a_description_without_a_model_is_made_of_whole_sentences_that_stand_in_the_post() -> None:
    assert beginning_of(MARKDOWN, LONGEST_DESCRIPTION) == f"{TEXT} Use water."
    long = "# T\n\n" + " ".join(["The pump is looked after once a year by someone who knows it well.[1]"] * 4)
    said = beginning_of(long, LONGEST_DESCRIPTION)
    assert said.endswith("well.") and "[1]" not in said and len(said) <= LONGEST_DESCRIPTION
    assert len(beginning_of("# T\n\n" + "word " * 90 + "end.[1]", LONGEST_DESCRIPTION)) <= LONGEST_DESCRIPTION
    assert beginning_of("# T\n", LONGEST_DESCRIPTION) == ""


def test_a_description_that_would_be_cut_or_says_nothing_is_not_taken() -> None:
    assert fits("How a heat pump is looked after.", LONGEST_DESCRIPTION)
    assert not fits("Heat pumps.", LONGEST_DESCRIPTION)
    assert not fits("word " * 60, LONGEST_DESCRIPTION)


def test_an_address_is_made_of_the_title_in_its_own_script_where_it_has_no_ascii() -> None:
    assert slug_of("Café: how a pump ages & rusts") == "cafe-how-a-pump-ages-rusts"
    assert slug_of("ポンプの手入れ") == "ポンプの手入れ"
    assert slug_of("!?") == ""
    assert len(slug_of("pump " * 50)) <= 80 and not slug_of("pump " * 50).endswith("-")


def test_pages_to_link_to_fit_the_title_or_a_heading_the_closest_first() -> None:
    pages = [
        ("https://e.org/oil", "Oil and gas"),
        ("https://e.org/filter", "The filter"),
        ("https://e.org/print", "The filter"),
        ("https://e.org/heat", "Heat pumps in old houses"),
    ]
    assert closest("Heat pumps", ["Cleaning the filter"], pages) == [
        Related("https://e.org/filter", "The filter", "Cleaning the filter"),
        Related("https://e.org/heat", "Heat pumps in old houses", "Heat pumps"),
    ]


@pytest.fixture
def post(db: None, django_user_model: Any) -> Post:
    owner = django_user_model.objects.create_user(username="owner", email="owner@example.com", password="x")
    site = Site.objects.create(owner=owner, url="https://e.org/", status="ready")
    for path, title, outcome in (
        ("pump", "Heat pumps", "ok"),
        ("filter", "The filter", "ok"),
        ("wall", "The filter of pumps", "login_wall"),
    ):
        Page.objects.create(site=site, url=f"https://e.org/{path}", title=title, outcome=outcome)
    other = django_user_model.objects.create_user(username="other", email="other@example.com")
    theirs = Site.objects.create(owner=other, url="https://o.org/", status="ready")
    Page.objects.create(site=theirs, url="https://o.org/filter", title="The filter of others", outcome="ok")
    Page.objects.create(site=theirs, url="https://e.org/pump", title="Heat pumps", outcome="ok")
    made = Post.objects.create(owner=owner, topic="pumps", title="Heat pumps", markdown=MARKDOWN)
    Citation.objects.create(post=made, number=1, url="https://e.org/pump", title="Heat pumps")
    return made


def test_a_post_links_to_pages_of_its_own_site_that_were_read_and_are_not_cited(post: Post) -> None:
    assert [(page.url, page.heading) for page in about(post, own_pages(post.owner_id)).related] == [
        ("https://e.org/filter", "Cleaning the filter")
    ]


def test_the_page_the_api_and_the_files_carry_titles_description_and_links(post: Post, client: Any) -> None:
    told = {
        "titles": ["Heat pumps", "Once a year"],
        "description": "How a heat pump is looked after.",
        "snippet": "Oil? Never.",
    }
    post.parts = [{"n": 0, "heading": "", "written_by": "scripted", "about": told}]
    post.save()
    assert about(post, own_pages(post.owner_id)).titles == ["Once a year"], "its own title is no other one"
    client.force_login(post.owner)
    page = client.get(f"/posts/{post.pk}/").content.decode()
    for words in (told["description"], "Once a year", "https://e.org/filter", "Oil? Never.", "<code>heat-pumps</code>"):
        assert words in page
    html = client.get(reverse("agents:export", args=[post.pk, "html"])).content.decode()
    assert '<meta name="description" content="How a heat pump is looked after.">' in html
    assert '<li><a href="https://e.org/filter">The filter</a></li>' in html


def test_the_word_file_has_the_description_and_the_pages_to_read_next() -> None:
    file = word_file(MARKDOWN, "About pumps.", [("https://e.org/a>b", "A [b]")])
    document = Document(io.BytesIO(file))
    assert document.core_properties.comments == "About pumps."
    assert ("Heading 1", "Read next") in [(each.style.name, each.text) for each in document.paragraphs]
    links = [link for each in document.paragraphs for link in each.hyperlinks]
    assert [(link.text, link.address) for link in links][-1] == ("A [b]", "https://e.org/a%3Eb")


def test_what_stands_in_a_file_cannot_break_out_of_it() -> None:
    page = page_of("T", "# T\n\nText.\n", '"><script>', [("https://e.org/?a=1&b=2", "<b>")])
    assert "<script>" not in page and "&lt;b&gt;" in page and "a=1&amp;b=2" in page
