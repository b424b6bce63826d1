"""What JSON would lose of Python data without a word is refused, and nothing else is."""

from __future__ import annotations

import io
import itertools
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, computed_field

from genisys import EncodingError
from genisys.errors import describe
from tests.codec import decode, encode, encode_shown, settle, strict_json


class Bag(BaseModel):
    model_config = ConfigDict(extra="allow")
    held: Any = None
    hidden: int = Field(default=1, exclude=True)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> list[Any]:
        return [self.held, self.held]


class Loose(RootModel[Any]):
    pass


@dataclass
class Pair:
    left: Any
    right: Any = field(default=None)


@dataclass(slots=True)
class Slotted:
    left: Any


class Endless:
    """An iterator of somebody's own, without end."""

    def __iter__(self) -> Endless:
        return self

    def __next__(self) -> int:
        return 1


def yields() -> Any:
    yield 1


ONCE: list[tuple[Any, Any, str]] = [
    (yields(), Any, "here: a value of type generator"),
    (yields(), list[int], "here: a value of type generator"),
    (yields(), Iterable[int], "here: a value of type generator"),
    (yields(), Sequence[int], "here: a value of type generator"),
    (itertools.count(), list[int], "here: a value of type count"),
    (Endless(), Any, "here: a value of type Endless"),
    ({"rows": [1, Endless()]}, Any, "here, at rows[1]: a value of type Endless"),
    ({"rows": map(str, [1])}, dict[str, Any], "here, at rows: a value of type map"),
    (Bag(held={"a": Endless()}), Bag, "here, at held.a: a value of type Endless"),
    (Bag(more=Endless()), Any, "here, at more: a value of type Endless"),
    (Loose(Endless()), Loose, "here, at root: a value of type Endless"),
    (Pair(1, (Endless(),)), Pair, "here, at right[0]: a value of type Endless"),
    (Slotted(Endless()), Any, "here, at left: a value of type Endless"),
    (io.StringIO("a\nb"), Any, "here: a value of type StringIO"),
    ({1: [Endless()]}, Any, "here, at 1[0]: a value of type Endless"),
]


@pytest.mark.parametrize(("value", "hint", "told"), ONCE)
def test_what_can_be_read_once_only_is_refused_and_not_read(value: Any, hint: Any, told: str) -> None:
    with pytest.raises(EncodingError) as caught:
        encode(value, hint, where="here")
    assert str(caught.value) == f"{told} can be read once only. Give what it yields: list(…)."


def test_an_iterator_that_is_refused_still_has_all_that_it_yields() -> None:
    rows = iter([1, 2])
    with pytest.raises(EncodingError):
        encode_shown({"rows": rows}, where="here")
    assert list(rows) == [1, 2]


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


ID = UUID("0192f0c1-2345-7678-9abc-def012345678")
ALIKE: list[tuple[Any, Any, str, str]] = [
    ({1: "a", "1": "b"}, Any, "here", "1"),
    ({1: "a", "1": "b"}, dict[Any, str], "here", "1"),
    ({1: "a", "1": "b"}, dict[int | str, str], "here", "1"),
    ([{True: 1, "true": 2}], Any, "here, at [0]", "true"),
    ({(1, 2): "a", "1,2": "b"}, Any, "here", "1,2"),
    ({ID: 1, str(ID): 2}, Any, "here", str(ID)),
    (Bag(held={1.5: 1, "1.5": 2}), Bag, "here, at held", "1.5"),
    (Open(more={1: 1, "1": 2}), Open, "here, at more", "1"),
    (Pair(OrderedDict({None: 1, "None": 2})), Pair, "here, at left", "None"),
]


@pytest.mark.parametrize(("value", "hint", "where", "alike"), ALIKE)
def test_two_keys_that_would_become_one_are_refused(value: Any, hint: Any, where: str, alike: str) -> None:
    with pytest.raises(EncodingError) as caught:
        encode(value, hint, where="here")
    assert (
        str(caught.value) == f"{where}: two keys that JSON writes alike, as {alike!r}. Give keys that differ as text."
    )


@pytest.mark.parametrize(
    ("value", "hint", "data"),
    [
        ('a":b', Any, 'a":b'),
        (['a":', "\\"], Any, ['a":', "\\"]),
        ({'a":': '":', "\\": 1, 'é":\n': 2}, Any, {'a":': '":', "\\": 1, 'é":\n': 2}),
        ({1: "a", 2: "b"}, Any, {"1": "a", "2": "b"}),
        ({1e16: 1e16, 0.1: 1e-7}, Any, {"1e+16": 1e16, "0.1": 1e-7}),
        ({date(2026, 1, 2): 1, ID: 2}, Any, {"2026-01-02": 1, str(ID): 2}),
        (Bag(held={"a": 1}), Bag, {"held": {"a": 1}, "twice": [{"a": 1}] * 2}),
        (Bag(held={"b", "a"}), Bag, {"held": ["a", "b"], "twice": [["a", "b"]] * 2}),
        (Loose({"a": 1}), Any, {"a": 1}),
        (Pair({"a": {"b", "a"}}), Pair, {"left": {"a": ["a", "b"]}, "right": None}),
        (Slotted({"b", "a"}), Any, {"left": ["a", "b"]}),
    ],
)
def test_nothing_else_is_refused(value: Any, hint: Any, data: Any) -> None:
    assert encode(value, hint, where="here") == data
    again, live = settle(value, hint, where="here")
    assert again == data
    assert decode(data, hint, where="here") == live


def test_what_an_error_holds_is_not_read_away() -> None:
    class Odd(Exception):
        detail = {"rows": Endless(), "half": "\ud83d"}

    told = describe(Odd("odd"))
    assert told["detail"]["half"] == "\ufffd"
    assert "Endless" in told["detail"]["rows"]
    strict_json.written(told)
