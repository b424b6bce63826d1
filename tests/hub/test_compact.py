"""Compacted history tells the same, in fewer events, and hides no hole."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genisys.host import canonical, compacted, contiguous, first_seq, fold, new_state
from tests.js.test_fold import NodeFold, node_fold, numbered
from tests.js.test_fold import logs as any_logs

Event = dict[str, Any]

__all__ = ["node_fold"]


def folds(log: list[Event], state: dict[str, Any] | None = None) -> str:
    """Gives the canonical state, or says that a text has a hole."""
    try:
        return canonical(fold(copy.deepcopy(log), state))
    except ValueError as error:
        return str(error)


def written(pieces: int, *, block: str = "a", final: bool = False) -> list[Event]:
    events: list[Event] = [{"type": "text.reset", "block": block}]
    events += [{"type": "text.delta", "block": block, "off": 2 * at, "txt": "ab"} for at in range(pieces)]
    if final:
        events.append({"type": "text.final", "block": block, "txt": "ab" * pieces})
    return events


def utf16_length(text: str) -> int:
    """Count as JavaScript does."""
    return len(text.encode("utf-16-le")) // 2


def streamed(actions: list[tuple[str, str, str]]) -> list[Event]:
    """Gives what components write that stream texts side by side: the offsets are right."""
    log: list[Event] = []
    texts: dict[str, str] = {}
    for block, action, piece in actions:
        if block not in texts or action == "reset":
            texts[block] = ""
            log.append({"type": "text.reset", "block": block})
        elif action == "long final":
            log.append({"type": "text.final", "block": block, "off": utf16_length(texts[block]), "txt": ""})
        elif action == "final":
            log.append({"type": "text.final", "block": block, "txt": texts[block]})
        elif action == "say":
            log.append({"type": "status", "text": piece})
        else:
            log.append({"type": "text.delta", "block": block, "off": utf16_length(texts[block]), "txt": piece})
            texts[block] += piece
    return numbered(log)


actions = st.sampled_from(["write", "write", "write", "write", "say", "final", "long final", "reset"])
pieces = st.sampled_from(["a", "ä\u20ac", "\U0001f600", "words of it "])
streams = st.lists(st.tuples(st.sampled_from("ab"), actions, pieces), max_size=60).map(streamed)
logs = st.one_of(any_logs, streams)
patient = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@patient
@given(log=logs)
def test_compacted_history_folds_to_the_same_state(log: list[Event]) -> None:
    before = copy.deepcopy(log)
    assert folds(compacted(log)) == folds(log)
    assert log == before


@patient
@given(log=logs, parts=st.lists(st.integers(1, 40), max_size=4))
def test_history_may_be_compacted_in_chunks_and_again(log: list[Event], parts: list[int]) -> None:
    bounds = [0, *sorted(parts), len(log)]
    chunks = [event for i, j in itertools.pairwise(bounds) for event in compacted(log[i:j])]
    assert folds(chunks) == folds(compacted(chunks)) == folds(log)
    assert contiguous(chunks, 0) == chunks
    assert not log or chunks[-1]["seq"] == log[-1]["seq"]


@patient
@given(log=logs, cut=st.integers(0, 40))
def test_a_reader_who_had_a_part_of_it_ends_with_the_same_state(log: list[Event], cut: int) -> None:
    state = fold(copy.deepcopy(log[:cut]))
    assert folds(contiguous(compacted(log), state["seq"]), state) == folds(log)


@patient
@given(log=logs, cut=st.integers(0, 40))
def test_the_browser_takes_compacted_history_as_the_server_does(
    log: list[Event], cut: int, node_fold: NodeFold
) -> None:
    assert node_fold(compacted(log[:cut]) + compacted(log[cut:])) == canonical(fold(log))


def test_the_browser_takes_a_finished_stream(node_fold: NodeFold) -> None:
    log = numbered([*written(9, final=True), *written(7, block="b")])
    assert node_fold(compacted(log)) == canonical(fold(log))


def test_a_stream_that_was_finished_is_its_beginning_and_its_end() -> None:
    log = numbered([*written(100, final=True), {"type": "status", "text": "done"}])
    assert [event["type"] for event in compacted(log)] == ["text.reset", "text.final", "status"]
    assert [event.get("covers", 1) for event in compacted(log)] == [1, 101, 1]


def test_a_stream_under_way_is_one_piece() -> None:
    [_, piece] = compacted(numbered(written(100)))
    assert (piece["off"], piece["txt"], first_seq(piece)) == (0, "ab" * 100, 2)


def test_a_long_stream_that_was_finished_keeps_its_pieces_and_none_is_larger_than_an_event() -> None:
    piece = "\x01" * 10_000  # six bytes each in JSON
    log: list[Event] = [{"type": "text.reset", "block": "a"}]
    log += [{"type": "text.delta", "block": "a", "off": len(piece) * at, "txt": piece} for at in range(9)]
    log.append({"type": "text.final", "block": "a", "off": 9 * len(piece), "txt": ""})
    told = compacted(numbered(log))
    assert [len(event.get("txt", "")) for event in told] == [0, 40_000, 40_000, 10_000, 0]
    assert all(len(json.dumps(event)) < 256 * 1024 for event in told)
    assert folds(told) == folds(numbered(log))
    # A final text that stands on its pieces is never left without them, though the block begins anew.
    again = numbered([*log, {"type": "text.reset", "block": "a"}])
    assert folds(compacted(again)) == folds(again)


def test_texts_that_are_written_side_by_side_are_joined_each() -> None:
    mixed = [event for pair in zip(written(50), written(50, block="b"), strict=True) for event in pair]
    assert [event["block"] for event in compacted(numbered(mixed))] == ["a", "b", "a", "b"]


def test_an_event_that_covers_others_does_not_hide_a_hole_before_them() -> None:
    [reset, piece] = compacted(numbered(written(10)))
    with pytest.raises(ValueError, match="are missing"):
        fold([piece], new_state())
    assert contiguous([reset, {**piece, "covers": piece["covers"] - 1}], 0) == [reset]
