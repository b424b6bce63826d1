"""Steps as rows and bars: who is inside whom, alike ones together, and where each stands on the axis."""

from __future__ import annotations

import time
from typing import Any

import pytest

from staff.waterfall.bars import Axis, axis_of, bars_of, bars_of_group, bars_of_spans, end_of
from staff.waterfall.flame import LINES, flame_of
from staff.waterfall.lines import line_of
from staff.waterfall.look import Look, look_of
from staff.waterfall.node import Node
from staff.waterfall.tree import ROWS, Tree, matches, rows_of


def node(at: int, parent: str = "", **facts: Any) -> Node:
    usual = {
        "name": "read",
        "title": "",
        "status": "completed",
        "started_ms": 1000 + at,
        "ended_ms": 1100 + at,
        "tries": 1,
        "model": "",
        "provider": "",
        "call": "",
        "worker": "w-1",
        "attempt": 1,
        "cached_from": "",
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_microusd": 0,
        "spans": (),
    }
    return Node(position=at, key=f"k{at}", parent=parent, **{**usual, **facts})


def names(nodes: list[Node], **look: Any) -> list[str]:
    return [row.name + (":more" if row.more else "") for row in rows_of(Tree(nodes), Look(**look)).rows]


NESTED = [
    node(0, name="write"),
    node(1, "k0", name="ask"),
    node(2, "k1", name="send"),
    node(3, name="check"),
    node(4, "k0", name="ask"),
]


def test_what_is_inside_stands_beneath_and_deeper_and_can_be_closed() -> None:
    rows = rows_of(Tree(NESTED), Look()).rows
    assert [(row.name, row.depth, row.is_open) for row in rows] == [
        ("0", 0, True),
        ("1", 1, True),
        ("2", 2, None),
        ("4", 1, None),
        ("3", 0, None),
    ]
    assert names(NESTED, closed=("0",)) == ["0", "3"]
    assert names(NESTED, root="k1") == ["1", "2"]


def test_what_a_step_used_is_added_to_those_around_it() -> None:
    used = [
        node(0, name="write", cost_microusd=5),
        node(1, "k0", input_tokens=10, output_tokens=1, cost_microusd=20),
        node(2, "k1", input_tokens=4, cost_microusd=None),
    ]
    sums = Tree(used).sums
    assert (sums["k0"].tokens, sums["k0"].cost_microusd, sums["k0"].unpriced) == (15, 25, True)
    assert (sums["k1"].tokens, sums["k1"].cost_microusd, sums["k1"].unpriced) == (15, 20, True)


def test_more_than_thirty_alike_are_one_row_and_thirty_are_not() -> None:
    assert len(names([node(at) for at in range(30)])) == 30
    many = [node(at) for at in range(31)]
    assert names(many) == ["g0"]
    assert len(names(many, opened=("g0",))) == 32
    assert len(names(many, opened=("g0:5",))) == 7
    assert names(many, opened=("g0:5",))[-1] == "g0:more"


def test_in_an_opened_group_failed_ones_come_first_then_those_under_way() -> None:
    many = [node(at, status={7: "failed", 9: "running"}.get(at, "completed")) for at in range(40)]
    assert names(many, opened=("g0:4",)) == ["g0", "7", "9", "0", "1", "g0:more"]


def test_a_search_finds_by_name_title_and_id_and_shows_what_is_around() -> None:
    rows = rows_of(Tree(NESTED), Look(q="SEND")).rows
    assert [(row.name, row.dim) for row in rows] == [("0", True), ("1", True), ("2", False)]
    assert names(NESTED, q="k3") == ["3"]
    assert names(NESTED, q="nothing") == []
    failed = [*NESTED, node(5, "k0", status="failed")]
    assert names(failed, failed=True) == ["0", "5"]


def test_a_step_in_itself_or_with_an_unknown_parent_is_shown_once() -> None:
    odd = [node(0, "k0"), node(1, "gone"), node(2, "k3"), node(3, "k2")]
    assert names(odd)[-1] == "1"
    assert Tree(odd).above(odd[2]) == [odd[3]]


def test_ten_thousand_steps_deep_or_wide_are_laid_out_in_little_time() -> None:
    wide = [node(at) for at in range(10_000)]
    deep = [node(at, f"k{at - 1}") for at in range(3_000)]
    began = time.process_time()
    assert names(wide) == ["g0"]
    page = rows_of(Tree(deep), Look(page=2))
    assert (page.rows[0].name, page.pages, page.total) == (str(ROWS), 3_000 // ROWS, 3_000)
    assert len(flame_of(Tree(wide), wide, Axis(1000, 12_000), 0).flakes) < 1_500
    assert time.process_time() - began < 2


def test_a_bar_stands_where_its_time_is_and_is_never_too_narrow_to_see() -> None:
    axis = Axis(1000, 2000)
    assert [(bar.x, bar.width) for bar in bars_of(node(0, started_ms=1250, ended_ms=1500), axis, 0)] == [(25.0, 25.0)]
    assert bars_of(node(0, started_ms=2000, ended_ms=2000), axis, 0)[0].x <= 99.7
    assert bars_of(node(0, started_ms=1000, ended_ms=1000), axis, 0)[0].width == 0.3


def test_tries_and_waits_are_bars_of_their_own_and_one_that_goes_on_reaches_to_now() -> None:
    spans = (("failed", 1000, 1200, "x"), ("backoff", 1200, 1500, ""), ("work", 1500, 0, ""))
    tried = node(0, status="running", started_ms=1000, ended_ms=0, spans=spans)
    bars = bars_of(tried, Axis(1000, 2000), 1800)
    assert [(bar.kind, bar.x, bar.width) for bar in bars] == [
        ("backoff", 20.0, 30.0),
        ("failed", 0.0, 20.0),
        ("work", 50.0, 30.0),
    ]
    assert end_of(tried, 1800) == 1800
    assert axis_of([tried], (), 1800) == Axis(1000, 1800)


@pytest.mark.parametrize(
    ("waits", "pieces"),
    [
        ([], [(1000, 2000)]),
        ([(1200, 1400)], [(1000, 1200), (1400, 2000)]),
        ([(1000, 1400)], [(1400, 2000)]),
        ([(1200, 1400), (1300, 1500), (1900, 2000)], [(1000, 1200), (1500, 1900)]),
        ([(500, 900), (2000, 2500)], [(1000, 2000)]),
        ([(900, 2100)], [(1000, 2000)]),
    ],
)
def test_a_try_has_gaps_where_it_only_waited(waits: list[tuple[int, int]], pieces: list[tuple[int, int]]) -> None:
    spans = [("done", 1000, 2000, ""), *(("wait", *wait, "slot") for wait in waits)]
    axis = Axis(1000, 2000)
    bars = [bar for bar in bars_of_spans(spans, axis, 0) if bar.kind == "done"]
    assert bars == [axis.bar("done", *piece) for piece in pieces]


def test_a_group_is_one_bar_with_a_mark_for_what_failed_and_an_empty_run_has_an_axis() -> None:
    many = [node(at, status="failed" if at < 500 else "completed") for at in range(1000)]
    bars = bars_of_group(many, axis_of(many, (), 0), 0)
    assert bars[0].kind == "group"
    assert 50 <= len(bars) <= 70
    assert axis_of([], (), 5).to_ms > axis_of([], (), 5).from_ms


def test_steps_beside_each_other_have_lines_of_their_own_in_the_flame_graph() -> None:
    at_once = [node(at, started_ms=1000, ended_ms=2000) for at in range(LINES + 5)]
    flame = flame_of(Tree(at_once), at_once, Axis(1000, 2000), 0)
    assert len({flake.y for flake in flame.flakes}) == LINES
    nested = [node(0, started_ms=1000, ended_ms=2000), node(1, "k0", started_ms=1000, ended_ms=2000)]
    ys = [flake.y for flake in flame_of(Tree(nested), nested, Axis(1000, 2000), 0).flakes]
    assert ys[1] > ys[0]


def test_a_band_has_its_whole_name_in_it_or_none_where_nothing_of_it_could_be_read() -> None:
    name = "Write the section about what a battery does in winter"
    steps = [
        node(0, title=name, started_ms=1000, ended_ms=1100),
        node(1, "k0", title=name, started_ms=1000, ended_ms=1020),
    ]
    flakes = flame_of(Tree(steps), steps, Axis(1000, 2000), 0).flakes
    assert [flake.label for flake in flakes] == [f"✓ {name}", ""]


def test_a_failure_colours_a_percent_of_the_flame_graph_and_no_more() -> None:
    many = [
        node(at, started_ms=1000 + at, ended_ms=1001 + at, status="failed" if at == 5000 else "completed")
        for at in range(10_000)
    ]
    flakes = flame_of(Tree(many), many, Axis(1000, 11_000), 0).flakes
    red = [flake for flake in flakes if flake.kind == "failed"]
    assert len(red) == 1
    assert red[0].width <= 1.5
    assert sum(flake.count for flake in flakes) == 10_000


@pytest.mark.parametrize(
    "look",
    [
        Look(),
        Look(view="flame", root="k1"),
        Look(step="k2", failed=True, q="a&b=c", opened=("12", "g7:300"), closed=("3",), page=4, after=90, back="q=a"),
    ],
)
def test_an_address_leads_back_to_the_same_view(look: Look) -> None:
    from urllib.parse import parse_qsl

    assert look_of(dict(parse_qsl(look.link().removeprefix("?")))) == look


@pytest.mark.parametrize(
    "given",
    [
        {"page": "-1"},
        {"page": "9" * 40},
        {"view": "<b>"},
        {"after": "x"},
        {"opened": "," * 9000},
        {"back": "q" * 9000},
        {"page": "²"},
    ],
)
def test_an_odd_address_shows_what_is_usual(given: dict[str, str]) -> None:
    assert look_of(given) == Look()


def test_a_toggle_opens_what_is_closed_and_closes_what_is_open() -> None:
    look = Look(opened=("g7:200",), closed=("3",))
    assert "opened=" not in look.toggled("g7", is_open=True, by_default=False)
    assert "closed=" not in look.toggled("3", is_open=False, by_default=True)
    assert "closed=3%2C4" in look.toggled("4", is_open=True, by_default=True)
    row = rows_of(Tree([node(at) for at in range(31)]), Look()).rows[0]
    line = line_of(row, Look(), Axis(1000, 2000), 0)
    assert (line.label, line.name, line.says, line.toggle_url) == ("read", "× 31", "31 done", "?opened=g0")


@pytest.mark.parametrize(
    ("statuses", "mark"),
    [
        (("completed", "failed", "stopped", "running"), "!"),
        (("completed", "stopped", "running"), "▸"),
        (("completed", "stopped"), "–"),
        (("completed", "completed"), "✓"),
    ],
)
def test_the_mark_of_a_group_is_of_what_matters_most_in_it(statuses: tuple[str, ...], mark: str) -> None:
    members = [node(at)._replace(status=statuses[at % len(statuses)]) for at in range(32)]
    assert line_of(rows_of(Tree(members), Look()).rows[0], Look(), Axis(1000, 2000), 3000).mark == mark


def test_in_a_flame_graph_what_is_looked_for_stands_out_and_each_band_says_how_its_step_ended() -> None:
    steps = [
        node(0, started_ms=1000, ended_ms=1400),
        node(1, name="write", status="failed", started_ms=1500, ended_ms=1900),
    ]
    look = Look(q="write")
    flakes = flame_of(Tree(steps), steps, Axis(1000, 2000), 0, lambda each: matches(each, look)).flakes
    assert [(flake.label, flake.title, flake.dim) for flake in flakes] == [
        ("✓ read", "read, done", True),
        ("! write", "write, failed", False),
    ]
