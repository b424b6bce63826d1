"""A post handed out: as HTML, as a Word file, by a link that can be taken back."""

from __future__ import annotations

import io
import re
import uuid
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.editing.marked_text import Marked, pieces_of, tidy
from agents.export.page import article_html, page_of
from agents.export.word import word_file
from agents.models import Citation, Post
from agents.post.citations import cited_numbers

MARKDOWN = (
    "# Pumps & <care>\n\nThe pump is **checked**.[1] Each `year`.[1]\n\n## Costs\n\n- One\n- Two\n\n> Said so.\n\n"
    "```\ngate --level 4\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>alert(1)</script>\n\n"
    "## Sources\n\n1. [Care](<https://pumps.example/>)\n\n[1]: <https://pumps.example/>\n"
)


def test_the_html_file_is_whole_and_safe_and_its_markers_lead_to_the_sources() -> None:
    page = page_of("Pumps & <care>", MARKDOWN)
    assert "<h1>Pumps &amp; &lt;care&gt;</h1>" in page
    assert re.findall("<h2>(.*?)</h2>", page) == ["Costs", "Sources"]
    assert "<script" not in page
    assert "<strong>checked</strong>. Each <code>year</code>." in page
    assert page.count('href="https://pumps.example/"') == 2
    assert re.search(r'<sup><a href="https://pumps\.example/"[^>]*>1</a></sup>', page)


def test_the_word_file_has_headings_lists_code_tables_and_links() -> None:
    document = Document(io.BytesIO(word_file(MARKDOWN + "A control \x0b character.")))
    styled = [(each.style.name, each.text) for each in document.paragraphs]
    assert styled[0] == ("Title", "Pumps & <care>")
    assert ("Heading 1", "Costs") in styled
    assert ("List Bullet", "Two") in styled
    assert ("Quote", "Said so.") in styled
    assert any(text == "gate --level 4" for _, text in styled)
    assert [cell.text for cell in document.tables[0].rows[1].cells] == ["1", "2"]
    links = [link for each in document.paragraphs for link in each.hyperlinks]
    assert {link.address for link in links} == {"https://pumps.example/"}
    checked = next(each for each in document.paragraphs if each.text.startswith("The pump"))
    assert [run.text for run in checked.runs if run.bold] == ["checked"]


SENTENCES = st.lists(
    st.tuples(
        st.sampled_from(["It runs", "Who asks", "Use `argv[1]` then", "**All** of it", "So be it", r"A \[7\] stays"]),
        st.lists(st.integers(1, 4), max_size=3, unique=True),
    ),
    min_size=1,
    max_size=6,
)
PARAGRAPHS = st.lists(st.tuples(st.sampled_from(["", "- ", "1. ", "> "]), SENTENCES), min_size=1, max_size=4)


def markdown_of(paragraphs: Any) -> str:
    def shown(text: str, numbers: list[int]) -> str:
        return f"{text}.{''.join(f'[{n}]' for n in numbers)}"

    written = [lead + " ".join(shown(*sentence) for sentence in said) for lead, said in paragraphs]
    return "\n\n".join(written) + "\n"


def sentences_by_piece(markdown: str) -> list[tuple[Marked, ...]]:
    return [piece.sentences for piece in pieces_of(markdown) if piece.sentences]


def numbers_in(piece: tuple[Marked, ...]) -> set[int]:
    return {number for sentence in piece for number in sentence.numbers}


@settings(max_examples=60)
@given(PARAGRAPHS)
def test_no_source_of_a_paragraph_is_lost_and_none_is_named_twice_in_a_row(paragraphs: Any) -> None:
    markdown = markdown_of(paragraphs)
    before, after = sentences_by_piece(markdown), sentences_by_piece(tidy(markdown))
    assert [[one.text for one in piece] for piece in after] == [[one.text for one in piece] for piece in before]
    for was, now in zip(before, after, strict=True):
        assert numbers_in(now) == numbers_in(was)
        for one, following in pairwise(now):
            assert not one.numbers or set(one.numbers) != set(following.numbers)
        if len({frozenset(one.numbers) for one in was}) == 1:
            assert [one.numbers for one in now] == [()] * (len(now) - 1) + [was[-1].numbers], "once, at its end"
    assert tidy(tidy(markdown)) == tidy(markdown)


def test_what_names_no_source_twice_in_a_row_stays_letter_by_letter() -> None:
    text = "One  \nbroken line.[1]\n\n    indented code\n    stays  so\n\nTwo.[1] Three.[1]\n"
    assert tidy(text) == text.replace("Two.[1] Three", "Two. Three")


@settings(max_examples=30)
@given(PARAGRAPHS)
def test_the_files_name_the_sources_that_the_post_names(paragraphs: Any) -> None:
    markdown = markdown_of(paragraphs)
    listed = "\n".join(f"[{n}]: <https://s.example/{n}>" for n in range(1, 5))
    cited = {f"https://s.example/{n}" for n in cited_numbers(markdown)}
    whole = f"# T\n\n{markdown}\n## Sources\n\n{listed}\n"
    assert set(re.findall(r'<sup><a href="([^"]+)"', article_html(whole))) == cited
    document = Document(io.BytesIO(word_file(whole)))
    assert {link.address for each in document.paragraphs for link in each.hyperlinks} == cited


@pytest.fixture
def post(db: None, django_user_model: Any) -> Post:
    owner = django_user_model.objects.create_user(username="owner", email="owner@example.com", password="x")
    made = Post.objects.create(owner=owner, topic="pumps", title="Pumps", markdown=MARKDOWN)
    Citation.objects.create(post=made, number=1, url="https://pumps.example/", title="Care")
    return made


@pytest.mark.parametrize(
    ("form", "status", "kind"),
    [
        ("html", 200, "text/html; charset=utf-8"),
        ("docx", 200, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("markdown", 200, "text/markdown; charset=utf-8"),
        ("pdf", 404, ""),
    ],
)
def test_a_post_is_given_in_three_forms_as_a_download(
    client: Any, post: Post, form: str, status: int, kind: str
) -> None:
    client.force_login(post.owner)
    answer = client.get(reverse("agents:export", args=[post.pk, form]))
    assert answer.status_code == status
    if status == 200:
        assert answer["Content-Type"] == kind
        assert answer["Content-Disposition"].startswith('attachment; filename="pumps.')


def test_a_link_shows_the_post_to_strangers_until_it_is_revoked(client: Any, post: Post) -> None:
    client.force_login(post.owner)
    made = client.post(reverse("agents:share", args=[post.pk])).text
    address = re.search(r"/posts/shared/[\w-]{40,}/", made)[0]  # type: ignore[index]
    assert post.links.get().digest not in made
    client.logout()
    shown = client.get(address)
    assert shown.status_code == 200
    assert "The pump is" in shown.text
    assert "<form" not in shown.text
    assert (shown["X-Robots-Tag"], shown["Referrer-Policy"]) == ("noindex, nofollow, noarchive", "no-referrer")
    assert client.get(address[:-3] + "x/").status_code == 404
    client.force_login(post.owner)
    client.post(reverse("agents:unshare", args=[post.pk, post.links.get().pk]))
    client.logout()
    assert client.get(address).status_code == 404


def test_a_post_is_exported_in_the_terminal_as_on_its_page(post: Post, tmp_path: Path) -> None:
    said = io.StringIO()
    call_command("export_post", str(post.pk), stdout=said)
    assert said.getvalue() == tidy(post.markdown)
    file = tmp_path / "post.docx"
    call_command("export_post", str(post.pk), "--as", "docx", "--output", str(file))
    assert ("Heading 1", "Costs") in [(each.style.name, each.text) for each in Document(str(file)).paragraphs]
    for missing in (str(uuid.uuid4()), "no-id"):
        with pytest.raises(CommandError, match="no finished post"):
            call_command("export_post", missing)
