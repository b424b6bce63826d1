"""The one strict JSON: what is refused, what is mended, and that all that can be written can be read again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic_core import from_json, to_json

from genisys import EncodingError, ValueTooLarge
from genisys.errors import GenisysError, describe
from genisys.host import Engine
from tests import codec
from tests.codec import strict_json
from tests.conftest import NOWHERE

NAN, INF = float("nan"), float("inf")
HALF = "\ud83d"


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    anything: Any = None
    score: float | None = None


@dataclass
class Pair:
    left: float
    right: Any


def nested(levels: int, *, lists: bool = True) -> Any:
    data: Any = 1
    for _ in range(levels):
        data = [data] if lists else {"a": data}
    return data


REFUSED: list[tuple[Any, Any, str]] = [
    (NAN, float, "nan is no JSON number"),
    (-INF, Any, "-inf is no JSON number"),
    ({"a": [1, {"b": INF}]}, Any, "at a[1].b: inf is no JSON number"),
    ({"a": [1, {"b": INF}]}, dict[str, Any], "at a[1].b: inf"),
    ([0.5, NAN], list[float], "at [1]: nan"),
    (Open(anything={"x": (1, NAN)}), Open, "at anything.x[1]: nan"),
    (Open(score=NAN), Open, "at score: nan"),
    (Open(more=NAN), Open, "at more: nan"),
    (Pair(INF, None), Pair, "at left: inf"),
    (Pair(1, {1.0, NAN}), Any, "nan is no JSON number"),
    (HALF, str, "half of a surrogate pair"),
    ({HALF: 1}, Any, "half of a surrogate pair"),
    (["a\0b"], list[str], "at [0]: a text with a NUL"),
    ("\0", str, "a text with a NUL"),
    ({"\0": 1}, dict[str, int], "a text with a NUL"),
    (10**400, int, "more than 308 digits"),
    ([-(10**308)], Any, "more than 308 digits"),
    (nested(strict_json.DEPTH + 1), Any, "nested more than 100 deep"),
    (nested(strict_json.DEPTH + 1, lists=False), Any, "nested more than 100 deep"),
    (nested(199), Any, "nested more than 100 deep"),
    (nested(1000), Any, "nested more than 100 deep"),
    (object(), Any, "cannot be written as JSON"),
    (b"\xff", bytes, "cannot be written as JSON"),
]


@pytest.mark.parametrize(("value", "hint", "told"), REFUSED)
def test_what_is_no_strict_json_is_refused_by_the_place_where_it_is(value: Any, hint: Any, told: str) -> None:
    with pytest.raises(EncodingError) as caught:
        codec.encode(value, hint, where="Component 'look', argument 'page'")
    assert str(caught.value).startswith("Component 'look', argument 'page'")
    assert told in str(caught.value)
    assert caught.value.permanent
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("NaN and Infinity and \\u0000, \\ud83d", str),
        (["NaN", "-Infinity", "\\u0000"], Any),
        ({"a": None, "b": 0.1}, Any),
        (10**307, int),
        ([2**64, -(2**63), 2**53 + 1], list[int]),
        ("0" * 1000, Any),
        (nested(strict_json.DEPTH), Any),
        (nested(strict_json.DEPTH, lists=False), Any),
        ([[]] * 5000, Any),
        (["[" * 5000], Any),
        ("😀 ä \u2028", str),
        (Open(anything=None, score=1.5), Open),
    ],
)
def test_what_is_strict_json_comes_back_as_it_was(value: Any, hint: Any) -> None:
    data = codec.encode(value, hint, where="here")
    assert codec.decode(data, hint, where="here") == value
    assert codec.unpack(codec.pack(data, where="here")) == data
    assert json.loads(to_json(data)) == data


def test_the_depth_leaves_room_for_all_that_stands_around_a_value() -> None:
    inside: Any = nested(strict_json.DEPTH)
    for _ in range(strict_json.EVENT_LEVELS - 1):
        inside = {"around": inside}
    assert from_json(strict_json.written_or_mended([inside])) == [inside]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    )
)
def test_anything_is_either_refused_or_written_and_mended_it_is_always_written(data: Any) -> None:
    if strict_json.flaw(data):
        with pytest.raises(strict_json.NotStrict):
            strict_json.written(data)
    else:
        assert json.loads(strict_json.written(data), parse_constant=_no_constants) == data
    mended = strict_json.mended(data)
    assert strict_json.written(mended)
    assert from_json(strict_json.written_or_mended(data)) == mended


def _no_constants(name: str) -> Any:
    raise AssertionError(name)


@given(st.text(st.sampled_from("a😀ä\0") | st.just(HALF) | st.just("\ude00")), st.data())
def test_pieces_of_a_text_show_the_same_wherever_it_was_cut(whole: str, data: st.DataObject) -> None:
    units = whole.encode("utf-16-le", "surrogatepass")
    cut = 2 * data.draw(st.integers(0, len(units) // 2))
    pieces = strict_json.Pieces()
    shown = [pieces.add(part.decode("utf-16-le", "surrogatepass")) for part in (units[:cut], units[cut:])]
    assert "".join([*shown, pieces.end()]) == strict_json.text(whole)
    assert strict_json.is_plain(shown[0]) or strict_json.written(shown[0])


def test_the_halves_of_one_character_are_joined_and_a_lone_half_is_replaced() -> None:
    pieces = strict_json.Pieces()
    assert pieces.add("a\ud83d") == "a"
    assert pieces.add("\ude00b") == "😀b"
    assert pieces.add("\ud83d") == ""
    assert pieces.add("x\0") == "\ufffdx\ufffd"
    assert (pieces.add("\ud83d"), pieces.end(), pieces.end()) == ("", "\ufffd", "")


def test_a_value_of_more_than_four_megabytes_is_refused_by_name() -> None:
    with pytest.raises(ValueTooLarge, match=r"Component 'read', result.*return a reference"):
        codec.encode("x" * 5_000_000, str, where="Component 'read', result")
    with pytest.raises(ValueTooLarge, match=r"Component 'read', result.*return a reference"):
        codec.encode(["x" * 5_000_000], Any, where="Component 'read', result")


class Odd(Exception):
    def __init__(self, **facts: Any) -> None:
        super().__init__("odd\0")
        self.__dict__.update(facts)


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")

    @property
    def detail(self) -> Any:
        raise RuntimeError("no detail")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Odd(), {"kind": "Odd", "message": "odd\ufffd", "detail": {}}),
        (Odd(detail={"a": NAN, "b": HALF}), {"detail": {"a": None, "b": "\ufffd"}}),
        (Odd(detail={"a": {1, 2}}), {"detail": {"a": [1, 2]}}),
        (Odd(detail="text"), {"detail": {}}),
        (Odd(detail={"a": "x" * 100_000}), {"detail": {"left_out": "100008 bytes of detail, more than 16384"}}),
        (Odd(retry_after=INF), {"retry_after": 7 * 24 * 3600}),
        (Odd(retry_after=NAN), {"retry_after": None}),
        (Odd(retry_after="soon"), {"retry_after": None}),
        (Odd(retry_after=-1), {"retry_after": None}),
        (Odd(permanent="yes"), {"permanent": True}),
        (Mute(), {"kind": "Mute", "message": "Mute", "detail": {}}),
        (GenisysError("said", detail={"of": HALF}), {"message": "said", "detail": {"of": "\ufffd"}}),
        (
            ExceptionGroup("two", [ValueError("one"), ExceptionGroup("more", [KeyError("x")])]),
            {"kind": "ExceptionGroup", "message": "two: ValueError: one; ExceptionGroup: more: KeyError: 'x'"},
        ),
    ],
)
def test_an_error_is_told_whatever_is_in_it(error: BaseException, told: dict[str, Any]) -> None:
    described = describe(error)
    assert {name: described[name] for name in told} == told
    strict_json.written(described)


def test_a_detail_with_an_object_in_it_names_the_object() -> None:
    assert describe(Odd(detail={"at": object()}))["detail"]["at"].startswith("<object object")


def test_a_secret_that_is_no_strict_json_is_refused_without_being_shown() -> None:
    with pytest.raises(EncodingError) as caught:
        codec.encode(SecretStr(f"hush-hush{HALF}"), SecretStr, where="Component 'log in', argument 'token'")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("wrong", [NAN, 1.5, "5", True])
async def test_a_budget_is_a_whole_number(wrong: Any) -> None:
    engine = Engine(NOWHERE)
    with pytest.raises(TypeError, match="tokens is of type"):
        await engine.limit("no-such-run", tokens=wrong)
    with pytest.raises(ValueError, match="tokens must be from 0"):
        await engine.limit("no-such-run", tokens=-1)
