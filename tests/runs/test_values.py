"""JSON as people read it on a run's page, and what a run of any workflow shows."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string
from pydantic import BaseModel

from genisys import publish, publish_object, workflow
from genisys.host import fold
from runs.models import Run
from runs.pages import results
from runs.presentation import values
from runs.presentation.values import value_view
from runs.service.starting import start_run


def drawn(value) -> BeautifulSoup:
    return BeautifulSoup(render_to_string("runs/_value.html", {"value": value_view(value), "depth": 0}), "html.parser")


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (True, "text", "yes"),
        (False, "text", "no"),
        (0, "number", "0"),
        (1.5, "number", "1.5"),
        (None, "nothing", "none"),
        ([], "nothing", "none"),
        ("", "nothing", ""),
        ("2 * 3 * 4", "text", "2 * 3 * 4"),
        ("https://example.org/a", "link", "https://example.org/a"),
        ("javascript:alert(1)", "text", "javascript:alert(1)"),
    ],
)
def test_a_plain_value_stands_as_it_is(value, kind, text):
    view = value_view(value)
    assert (view.kind, view.text) == (kind, text)


def test_a_text_of_several_lines_is_read_as_markdown_that_is_safe():
    page = drawn("# Bees\n\nThey are *many*. <script>alert(1)</script>")
    assert page.h2.text == "Bees"
    assert page.em.text == "many"
    assert page.script is None


def test_flat_objects_that_are_alike_make_a_table():
    page = drawn([{"page_url": "https://a.example/", "words": 3}, {"page_url": "https://b.example/", "title": "B"}])
    assert [cell.text for cell in page.select("th")] == ["Page url", "Words", "Title"]
    rows = [[cell.text.strip() for cell in row.select("td")] for row in page.select("tbody tr")]
    assert rows == [["https://a.example/", "3", ""], ["https://b.example/", "", "B"]]
    assert page.select_one("td a")["rel"] == ["nofollow", "noopener", "noreferrer"]


def test_plain_values_make_a_list_and_all_else_a_tree_that_opens():
    assert [item.text.strip() for item in drawn(["one", 2]).select("li")] == ["one", "2"]
    page = drawn({"name": "A", "inner_part": {"deep": {"er": 1}}})
    assert page.select_one(".leaf").get_text(" ", strip=True) == "Name A"
    branch = page.select_one("details")
    assert branch.summary.get_text(" ", strip=True) == "Inner part 1 entry"
    assert branch.has_attr("open")
    assert not branch.details.has_attr("open")


def test_names_that_are_no_plain_words_are_left_as_they_are():
    assert [values.label_of(name) for name in ("max_pages", "GitHub", "a/b", "http2", "")] == [
        "Max pages",
        "GitHub",
        "a/b",
        "Http2",
        "",
    ]


def _shown(view) -> int:
    inner = sum(_shown(entry.value) for entry in view.entries)
    return 1 + inner + sum(map(len, view.rows))


@pytest.mark.parametrize(
    "value",
    [
        [{"a": n, "b": n} for n in range(10_000)],
        list(range(10_000)),
        {str(n): {str(m): m for m in range(50)} for n in range(10_000)},
        "long\n" * 50_000,
    ],
)
def test_of_a_large_value_a_part_is_drawn_and_the_rest_is_counted(value):
    view = value_view(value)
    assert _shown(view) <= values.MOST_VALUES + values.MOST_ROWS
    assert view.more > 0
    assert "more, in the download" in drawn(value).text


def test_a_value_of_any_depth_is_drawn_as_deep_as_one_can_look():
    value = {}
    for _ in range(500):
        value = {"deeper": value}
    assert len(drawn(value).select("details")) <= values.DEEPEST


def test_what_was_published_is_told_by_name_in_order():
    events = [
        {"type": "event", "name": "page", "key": "b", "data": 1},
        {"type": "event", "name": "page", "key": "a", "data": 2},
        {"type": "event", "name": "page", "key": "b", "data": 3},
        {"type": "event", "name": "plan", "key": "a", "data": "x"},
        {"type": "event", "name": "page", "data": "once"},
    ]
    state = fold([{"seq": seq, "at": 1, "attempt": 1, **event} for seq, event in enumerate(events, 1)])
    state["objects"] = {"plan": {"steps": 2}}
    assert results.published_by(state) == {
        "plan": {"steps": 2},
        "page": [3, 2],
        "plan (records)": ["x"],
        "page (each)": ["once"],
    }


class Order(BaseModel):
    pages: int = 2


class Report(BaseModel):
    summary: str


@workflow(name="values-test")
async def values_test(order: Order) -> Report:
    publish_object("plan", {"steps": ["read", "sum up"]})
    for number in range(order.pages):
        publish("page", {"number": number, "title": f"Page {number}"}, key=str(number))
    return Report(summary="# Done\n\nAll of it.")


async def test_a_run_shows_what_it_published_and_its_result_and_gives_both_as_files(
    async_client, people, engine, worker, control, recorded
):
    run = await recorded(await start_run(user=people.owner, workflow="values-test", input=Order()))
    await async_client.aforce_login(people.owner)
    page = BeautifulSoup((await async_client.get(f"/runs/{run.pk}/")).content, "html.parser")
    titles = [each.text for each in page.select(".shown > h2")]
    assert titles == ["Plan", "Page"]
    assert [cell.text.strip() for cell in page.select(".shown tbody td")] == ["0", "Page 0", "1", "Page 1"]
    assert page.select_one(".shown .prose h2").text == "Done"
    for link, data in (
        ("output", {"summary": "# Done\n\nAll of it."}),
        (
            "published",
            {"plan": {"steps": ["read", "sum up"]}, "page": [{"number": n, "title": f"Page {n}"} for n in (0, 1)]},
        ),
    ):
        assert page.find("a", href=f"/runs/{run.pk}/{link}") is not None
        answer = await async_client.get(f"/runs/{run.pk}/{link}")
        assert json.loads(answer.content) == data
        assert answer["Content-Disposition"].startswith("attachment")


def test_a_run_without_output_has_no_file_of_it(client, people):
    run = Run.objects.create(owner=people.owner, workflow="values-test", input={}, deployment="dev")
    client.force_login(people.owner)
    assert client.get(f"/runs/{run.pk}/output").status_code == 404
