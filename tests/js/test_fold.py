"""The browser's fold and the server's fold give the same state for the same log, byte for byte."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genisys.host import canonical, fold, new_state

# Patches have no face: they are made in a run and applied in the page, and here the two are held together by value.
from genisys.log.patches import apply, diff
from genisys.log.patches import whole as whole_patch  # as above

HERE = Path(__file__).parent
LOGS = sorted((HERE / "logs").glob("*.json"))
SAFE = 2**53 - 1

Event = dict[str, Any]


class NodeFold:
    """static/js/fold.js, running under node."""

    def __init__(self) -> None:
        node = shutil.which("node")
        if node is None:
            pytest.fail("No node on PATH: the browser's fold cannot be checked.")
        self._process = subprocess.Popen(
            [node, str(HERE / "fold_server.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __call__(self, events: list[Event], state: dict[str, Any] | None = None) -> str:
        """Gives the canonical state. Raises ValueError where the browser's fold throws."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"events": events, "state": state}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return str(answer["canonical"])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)


@pytest.fixture(scope="module")
def node_fold() -> Iterator[NodeFold]:
    folding = NodeFold()
    yield folding
    folding.close()


def numbered(events: list[Event]) -> list[Event]:
    return [{"at": 1_700_000_000_000 + seq, "attempt": 1, **event, "seq": seq} for seq, event in enumerate(events, 1)]


# Few names, so that events collide; among them those that JavaScript would stumble over.
names = st.sampled_from(["a", "b", "10", "9", "__proto__", "constructor", "toString", "😀", "\ue000", "", "é\u2028"])
steps = st.sampled_from(["s1", "s2", "__proto__", "7"])
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
whole = st.integers(min_value=0, max_value=10_000)
data = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | words, inner, max_size=3),
    max_leaves=6,
)
errors = st.fixed_dictionaries(
    {"kind": words, "message": words, "permanent": st.booleans(), "retry_after": st.none() | whole, "detail": data}
)


def event(type_: str, /, optional: dict[str, Any] | None = None, **fields: Any) -> st.SearchStrategy[Event]:
    return st.fixed_dictionaries({"type": st.just(type_), **fields}, optional=optional or {})


events = st.one_of(
    event("run.queued", workflow=words, title=words),
    event("run.started", worker=words, attempt=whole),
    event("run.waiting", {"until": whole, "prompt": words, "for": data}, reason=words),
    event("input.requested", {"wrong": words}, step=steps, name=words, prompt=words, schema=data, until=whole),
    event("input.received", step=steps),
    event("object.patch", name=names, patch=data.map(whole_patch)),
    event("run.resumed", reason=words),
    event("run.recovering", reason=words, worker=words),
    event("run.redis_changed", {"whole": st.booleans()}),
    event("run.handed_over"),
    event("run.cancelling", {"by": words}),
    event("run.completed", {"output": data}),
    event("run.failed", error=errors),
    event("run.cancelled"),
    event("step.started", {"paid": st.booleans()}, step=steps, name=words, title=words, parent=st.none() | steps),
    event("step.retrying", **{"step": steps, "try": whole, "delay_ms": whole, "error": errors}),
    event(
        "step.completed",
        {"model": words, "provider": words, "input_tokens": whole, "output_tokens": whole, "cost_microusd": whole},
        step=steps,
        ms=whole,
    ),
    event("step.failed", step=steps, error=errors),
    event("status", {"step": steps}, text=words),
    event("progress", {"step": steps}, done=whole, total=whole, unit=words),
    event("event", {"key": names, "step": steps}, name=names, data=data),
    event("text.reset", {"title": words, "step": steps}, block=names),
    event("text.final", {"title": words, "off": st.just(0)}, block=names, txt=words),
    event("text.delta", block=names, off=st.just(0), txt=words),
    event("something.newer", data=data),
)
logs = st.lists(events, max_size=40).map(numbered)
unhurried = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


@unhurried
@given(log=logs)
def test_any_log_folds_to_the_same_bytes_in_browser_and_server(log: list[Event], node_fold: NodeFold) -> None:
    assert node_fold(log) == canonical(fold(log))


@unhurried
@given(log=logs, cut=st.integers(0, 40))
def test_a_browser_that_takes_up_the_servers_state_in_mid_run_ends_with_the_same_bytes(
    log: list[Event], cut: int, node_fold: NodeFold
) -> None:
    from_page = json.loads(canonical(fold(log[:cut])))
    assert node_fold(log, from_page) == canonical(fold(log))


def test_half_a_character_is_the_same_bytes_in_browser_and_server(node_fold: NodeFold) -> None:
    """What an overlapping piece adds may begin within a pair: JavaScript counts a character beyond the BMP as two."""
    log = numbered(
        [
            {"type": "text.final", "block": "a", "txt": "0000000"},
            {"type": "text.delta", "block": "a", "off": 0, "txt": "000000\U00010000"},
        ]
    )
    assert node_fold(log) == canonical(fold(log))
    assert "0000000\\udc00" in canonical(fold(log))


@pytest.mark.parametrize(("off", "txt"), [(4, ""), (4, "!"), (3, "x"), (1, "")])
def test_a_long_text_is_final_as_its_pieces_have_told_it(off: int, txt: str, node_fold: NodeFold) -> None:
    log = numbered(
        [
            {"type": "text.delta", "block": "a", "off": 0, "txt": "ab\U00010000"},
            {"type": "text.final", "block": "a", "off": off, "txt": txt},
        ]
    )
    assert node_fold(log) == canonical(fold(log))
    block = fold(log)["blocks"]["a"]
    assert (block["state"], len(block["txt"].encode("utf-16-le", "surrogatepass")) // 2) == ("final", off + len(txt))


def test_a_final_text_that_lacks_a_piece_is_a_hole(node_fold: NodeFold) -> None:
    log = numbered([{"type": "text.final", "block": "a", "off": 3, "txt": ""}])
    with pytest.raises(ValueError, match="has a hole at 0: its end starts at 3"):
        fold(log)
    with pytest.raises(ValueError, match="has a hole at 0: its end starts at 3"):
        node_fold(log)


@unhurried
@given(pieces=st.lists(words.filter(bool), min_size=1, max_size=20), again=st.lists(st.integers(0, 19), max_size=5))
def test_streamed_text_is_whole_however_often_its_pieces_come(
    pieces: list[str], again: list[int], node_fold: NodeFold
) -> None:
    offset, deltas = 0, []
    for piece in pieces:
        deltas.append({"type": "text.delta", "block": "a", "off": offset, "txt": piece})
        offset += len(piece.encode("utf-16-le")) // 2
    deltas += [deltas[index % len(pieces)] for index in again]
    log = numbered(deltas)
    folded = node_fold(log)
    assert folded == canonical(fold(log))
    assert json.loads(folded)["blocks"]["a"]["txt"] == "".join(pieces)


@unhurried
@given(values=st.lists(data, min_size=1, max_size=8))
def test_an_object_that_is_patched_is_the_object_that_was_published(values: list[Any], node_fold: NodeFold) -> None:
    patches = [whole_patch(values[0])]
    patches += [diff(before, after) for before, after in itertools.pairwise(values)]
    log = numbered([{"type": "object.patch", "name": "o", "patch": patch} for patch in patches if patch])
    folded = node_fold(log)
    assert folded == canonical(fold(log))
    assert json.dumps(json.loads(folded)["objects"]["o"], sort_keys=True) == json.dumps(values[-1], sort_keys=True)


@unhurried
@given(before=data, after=data)
def test_a_patch_makes_the_one_of_the_other(before: Any, after: Any) -> None:
    patched = apply(json.loads(json.dumps(before)), json.loads(json.dumps(diff(before, after))))
    assert json.dumps(patched, sort_keys=True) == json.dumps(after, sort_keys=True)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_recorded_log_folds_to_the_same_bytes_at_every_event(path: Path, node_fold: NodeFold) -> None:
    log = json.loads(path.read_text(encoding="utf-8"))
    state = new_state()
    for event in log:
        before = json.loads(canonical(state))
        fold([event], state)
        assert node_fold([event], before) == canonical(state), f"after event {event['seq']}, {event['type']}"
    assert state["seq"] == len(log)
    assert state["run_status"] in ("completed", "failed", "cancelled")


def test_there_are_recorded_logs() -> None:
    assert LOGS, "tests/js/logs is empty: nothing recorded is compared"


@pytest.mark.parametrize("folding", ["server", "browser"])
def test_a_hole_in_the_log_is_an_error_not_a_wrong_page(folding: str, node_fold: NodeFold) -> None:
    fold_it: Callable[[list[Event]], Any] = fold if folding == "server" else node_fold
    log = numbered([{"type": "status", "text": "one"}, {"type": "status", "text": "two"}])
    with pytest.raises(ValueError, match="events between them are missing"):
        fold_it(log[1:])


@pytest.mark.parametrize("folding", ["server", "browser"])
def test_a_hole_in_a_text_is_an_error_not_a_wrong_text(folding: str, node_fold: NodeFold) -> None:
    fold_it: Callable[[list[Event]], Any] = fold if folding == "server" else node_fold
    log = numbered([{"type": "text.delta", "block": "a", "off": 3, "txt": "late"}])
    with pytest.raises(ValueError, match="has a hole at 0"):
        fold_it(log)
