"""The reader's rules hold whatever a line does to the frames: what it hands on is the log, without a hole."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

# `genisys.client.follow` hands on what the reader does; by frames alone every order of them can be gone through.
from genisys.log.reader import Reader, decode
from tests.client.conftest import batch, end, event, live, ping, resync

LENGTH = 30


def _decoded(frame: dict[str, Any]) -> Any:
    return decode(json.dumps(frame).encode())


@st.composite
def _batches(draw: st.DrawFn) -> dict[str, Any]:
    """A stretch of the log, some of its events standing for those before them, now and then with a hole in it."""
    seqs = sorted(draw(st.sets(st.integers(1, LENGTH), min_size=1, max_size=8)))
    covers = [draw(st.integers(1, seq)) for seq in seqs]
    return batch(*(event(seq) if n == 1 else event(seq, covers=n) for seq, n in zip(seqs, covers, strict=True)))


_frames = st.one_of(
    _batches(),
    st.integers(0, LENGTH).map(live),
    st.integers(0, LENGTH).map(ping),
    st.just(resync("trimmed")),
    st.integers(0, LENGTH).map(lambda seq: resync("trimmed", seq=seq, state={"seq": seq})),
)


@given(st.lists(_frames, max_size=30))
def test_no_event_comes_twice_out_of_order_or_over_a_hole(frames: list[dict[str, Any]]) -> None:
    reader = Reader()
    had = 0
    for frame in frames:
        for each in reader.take(_decoded(frame)):
            if each["type"] == "resync":
                had = each["seq"]
                continue
            assert had < each["seq"] <= had + each.get("covers", 1)
            had = each["seq"]
        assert reader.seq == had
        assert reader.gap or frame["t"] not in ("live", "ping") or frame["seq"] <= had


@given(st.lists(_frames, max_size=10), st.data())
def test_a_reader_that_asks_again_on_a_gap_comes_to_the_end_with_everything(
    frames: list[dict[str, Any]], data: st.DataObject
) -> None:
    reader = Reader()
    had: set[int] = set()

    def take(frame: dict[str, Any]) -> None:
        for each in reader.take(_decoded(frame)):
            if each["type"] == "resync":
                had.clear()
                had.update(range(1, each["seq"] + 1))
            else:
                had.update(range(each["seq"] - each.get("covers", 1) + 1, each["seq"] + 1))

    for frame in frames:
        take(frame)
        while reader.gap:  # the server answers the new question with what follows the cursor, or with part of it
            upto = data.draw(st.integers(reader.seq + 1, LENGTH)) if reader.seq < LENGTH else LENGTH
            take(batch(*range(reader.seq + 1, upto + 1)))
    assert reader.status is None
    take(end(LENGTH))
    if reader.gap:
        take(batch(*range(reader.seq + 1, LENGTH + 1)))
        take(end(LENGTH))
    assert reader.status == "completed"
    assert had == set(range(1, LENGTH + 1))
