"""Two values beside each other: what differs is marked, what does not is left out."""

from __future__ import annotations

import time

from staff.compare.differences import difference_of


def test_lines_that_differ_stand_beside_each_other_with_some_around() -> None:
    first = "\n".join(f"line {number}" for number in range(50))
    second = first.replace("line 20", "line twenty").replace("line 40\n", "")
    found = difference_of(first, second)
    assert not found.same
    marked = [(pair.mark, pair.first, pair.second) for pair in found.pairs if pair.mark != "="]
    assert marked == [("≠", "line 20", "line twenty"), ("−", "line 40", "")]
    assert len(found.pairs) < 15
    assert found.pairs[0].first == "…"


def test_equal_values_are_said_to_be_and_shown_in_part() -> None:
    found = difference_of("a\n" * 100, "a\n" * 100)
    assert found.same
    assert (len(found.pairs), found.left_out) == (40, 60)
    assert not difference_of("", "").pairs


def test_one_that_has_nothing_leaves_its_side_empty() -> None:
    assert [(pair.mark, pair.first, pair.second) for pair in difference_of("", "new").pairs] == [("+", "", "new")]


def test_large_values_are_compared_in_part_and_in_little_time() -> None:
    began = time.process_time()
    found = difference_of("\n".join(map(str, range(9_000))), "\n".join(map(str, range(1, 9_001))))
    assert found.left_out == 7_500
    assert time.process_time() - began < 2
    assert len(difference_of("x" * 10_000, "y").pairs[0].first) == 501
