"""Over generated types: live, replayed here, and replayed in a process with another hash seed are the same."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Optional

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genisys import EncodingError
from tests.codec import decode, digest, encode, pack, settle, unpack

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
LEAVES: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("int", st.integers(-(2**60), 2**60)),
    ("float", st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9)),
    ("str", text),
    ("bool", st.booleans()),
    ("None", st.none()),
    ("date", st.dates()),
    ("datetime", st.datetimes()),
    ("Decimal", st.decimals(allow_nan=False, allow_infinity=False)),
    ("int | str", st.integers(-9, 9) | text),
    ("float | int", st.integers(-9, 9) | st.floats(-9, 9)),
    ("Any", st.integers(-9, 9) | text | st.frozensets(text, max_size=5)),
]
Typed = tuple[str, st.SearchStrategy[Any]]


def _wider(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    return inner.flatmap(
        lambda typed: st.sampled_from(
            [
                (f"list[{typed[0]}]", st.lists(typed[1], max_size=4)),
                (f"dict[str, {typed[0]}]", st.dictionaries(text, typed[1], max_size=4)),
                (f"tuple[{typed[0]}, ...]", st.lists(typed[1], max_size=4).map(tuple)),
                (f"frozenset[{typed[0]}]", st.frozensets(typed[1].filter(_hashable), max_size=6)),
                (f"Optional[{typed[0]}]", st.none() | typed[1]),
            ]
        )
    )


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


examples = st.recursive(st.sampled_from(LEAVES), _wider, max_leaves=3).flatmap(
    lambda typed: st.tuples(st.just(typed[0]), typed[1])
)
NAMES = {"Any": Any, "Optional": Optional, "date": date, "datetime": datetime, "Decimal": Decimal}


def _type(written: str) -> Any:
    return type(None) if written == "None" else eval(written, NAMES)


def replayed(lines: list[list[Any]]) -> list[str]:
    """Return the digests of what each recorded value is written as, once it was read back."""
    return [digest(encode(decode(data, _type(hint), where=""), _type(hint), where="")) for hint, data in lines]


def test_live_and_replayed_values_and_their_digests_are_the_same() -> None:
    lines: list[list[Any]] = []
    digests: list[str] = []

    @settings(max_examples=200, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(examples)
    def collect(example: tuple[str, Any]) -> None:
        hint = _type(example[0])
        try:
            data, live = settle(example[1], hint, where="here")
        except EncodingError:
            return  # Refused when it is given, such as lists where a set's members may stand.
        again = decode(unpack(pack(data, where="here")), hint, where="here")
        assert repr(live) == repr(again) or (live == again and "set" in repr(live))
        lines.append([example[0], data])
        digests.append(digest(encode(live, hint, where="here")))

    collect()
    assert len(lines) >= 100
    setup = f"import sys, json; sys.path.insert(0, '.'); from {__name__} import replayed"
    code = f"{setup}\nprint(*replayed(json.load(sys.stdin)))"
    child = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(lines),
        env={"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert child.stdout.split() == digests
