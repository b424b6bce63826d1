"""What one cell of the tables in docs/values.md says, told from what a run left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from genisys import StepFailed
from tests.codec import strict_json
from tests.values.given import ROWS, SECRET

PAGE = Path(__file__).parents[2] / "docs" / "values.md"

REASONS = {
    "no number": "is no JSON number",
    "many digits": "a whole number of more than 308 digits",
    "beyond a browser": "a whole number beyond 2**53 - 1",
    "half a character": "half of a surrogate pair",
    "NUL": "a text with a NUL",
    "over 4 MB": "a step may record 4 MB at most",
    "over 256 KB": "one event may have 256 KB",
    "no text": "status: give a sentence, a str",
    "read once": "can be read once only",
    "keys alike": "two keys that JSON writes alike",
    "too deep": "nested more than 100 deep",
    "holds itself": "holds itself, and so has no end",
    "short secret": "a secret of fewer than 4 characters",
    "never awaited": "a call that was never awaited",
    "not read back": "could be written as JSON, but not be read back",
    "no JSON": "cannot be written as JSON",
}
"""What a cell says of a refusal, and the words of the error that say so."""

NAMED = {
    "argument": "Component 'takes', argument 'value'",
    "result": "Component 'gives', result",
    "status": "Component 'says', status",
    "publish": "Component 'says', publish('odd')",
    "output": "Workflow 'odd-values",
}
"""How the error of a refusal in each place begins."""

AS_IT_IS = "as it is"
TWICE = ", tried twice"
SHOWN_CHARS = 44
MESSAGE_CHARS = 88


@dataclass(frozen=True)
class Left:
    """What a run left: its events, how it ended, and what the other side of the value got in each attempt."""

    events: list[dict[str, Any]]
    error: StepFailed | None
    output: Any = None
    got: tuple[Any, ...] = ()
    attempts: int = 1


def documented() -> dict[str, str]:
    """Return the rows of the page's two tables, by their first cell."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    found = {line.removeprefix("| ").split(" | ")[0]: line for line in rows}
    assert len(found) == len(rows), "two rows of the page are of one value"
    return found


def line(row: str, cells: Mapping[str, str]) -> str:
    """Return the row as the page has it."""
    return f"| {' | '.join([row, *cells.values()])} |"


def cell(row: str, place: str, left: Left) -> str:
    """Return what became of the row's value in that place. Raises AssertionError where the run says it badly."""
    assert SECRET not in str(left.events) + str(left.error)
    if left.error is not None:
        return _refusal(place, left)
    value = ROWS[row].make()
    if place in ("status", "publish"):
        (said,) = [event for event in left.events if event["type"] == ("status" if place == "status" else "event")]
        return _became(value, said["text" if place == "status" else "data"])
    if place == "output":
        return _became(value, left.output)
    assert left.got, "the other side got nothing"
    assert len({_shown(got) for got in left.got}) == 1, f"live and replay differ: {left.got}"
    return _became(value, left.got[0])


def _refusal(place: str, left: Left) -> str:
    error = left.error
    assert error is not None
    _ended_once(left)
    assert not {event["type"] for event in left.events} & {"status", "event", "step.retrying"}
    assert error.message.startswith(NAMED[place]), error.message
    assert error.kind in ("EncodingError", "SecretError", "ValueTooLarge") or (error.kind, place) == (
        "TypeError",
        "status",
    )
    assert len(error.message) < 1000
    return "refused: " + next(short for short, words in REASONS.items() if words in error.message)


def _ended_once(left: Left) -> None:
    types = [event["type"] for event in left.events]
    assert left.attempts == types.count("run.started") == 1, "it costs no second attempt"
    assert [each for each in types if each in ("run.failed", "run.completed", "run.recovering")] == ["run.failed"]
    assert "attempts at this in a row" not in str(left.events[-1])


def _became(value: Any, got: Any) -> str:
    if _is_same(value, got):
        return AS_IT_IS
    if isinstance(value, str) and type(got) is str and str(value) != got:
        assert got == strict_json.text(value)
        return "as one character" if len(got) < len(value) else "U+FFFD in its place"
    return f"`{_cut(_shown(got), SHOWN_CHARS)}`"


def _is_same(value: Any, got: Any) -> bool:
    if type(value) is not type(got):
        return False
    if isinstance(value, BaseModel | SecretStr | datetime | set | frozenset):
        return bool(value == got)
    return bool(value == got) and repr(value) == repr(got)


def _shown(value: Any) -> str:
    if isinstance(value, set | frozenset) and len(value) > 1:
        return "{" + ", ".join(sorted(map(repr, value))) + "}"
    return repr(value)


def _cut(told: str, chars: int) -> str:
    """Return the text as it may stand between backticks in a table."""
    told = " ".join(told.replace("|", "¦").replace("`", "'").split())
    return told if len(told) <= chars else f"{told[:chars]}…"


def failure(place: str, left: Left) -> str:
    """Return how a run ended in which something was raised in that place."""
    error = left.error
    assert error is not None, "the run did not fail"
    _ended_once(left)
    if place != "workflow":
        assert error.step_name == {"on_error": "falls_back"}.get(place, "fails")
    told = error.kind if error.message == error.kind else f"{error.kind}: {error.message}"
    if error.detail:
        told += f", {error.detail}"
    tries = 1 + sum(event["type"] == "step.retrying" for event in left.events)
    return f"`{_cut(told, MESSAGE_CHARS)}`" + {1: "", 2: TWICE}[tries]


def alike(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of an exception's row, with "the same" for what the first one says."""
    first = next(iter(cells.values())).removesuffix(TWICE)
    later = list(cells)[1:]
    return {place: told.replace(first, "the same") if place in later else told for place, told in cells.items()}
