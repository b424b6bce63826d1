"""What careless code gives: the rows of the first table in docs/values.md.

Each row is written as it stands in the table, with what makes the value and the type hint that it is given under. A
value is made anew for each use, since some can be read once only.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from io import StringIO
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, SecretStr, computed_field, model_serializer

HALF = "\ud83d"
SECRET = "a-long-secret"


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@dataclass
class Point:
    x: float
    y: Any = None


class Page(BaseModel):
    url: str = "/"
    score: Any = None


class Longer(Page):
    words: int = 7


class Login(BaseModel):
    name: str = "ada"
    token: SecretStr = SecretStr(SECRET)


class Refuses(BaseModel):
    @model_serializer
    def write(self) -> Any:
        raise LookupError("no words for it")


class Exits(BaseModel):
    @model_serializer
    def write(self) -> Any:
        raise SystemExit(3)


class Computes(BaseModel):
    @computed_field  # type: ignore[prop-decorator]
    @property
    def words(self) -> int:
        raise LookupError("nothing to count")


class Stops(BaseModel):
    more: Any = (1,)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def words(self) -> int:
        raise SystemExit(3)


class Pair(NamedTuple):
    left: int
    right: float


class Word(str):
    """A subclass of str, as some parsers return."""


class Count(int):
    """A subclass of int."""


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def _nested(levels: int, *, lists: bool = True) -> Any:
    data: Any = 1
    for _ in range(levels):
        data = [data] if lists else {"a": data}
    return data


def _cyclic_list() -> list[Any]:
    data: list[Any] = [1]
    data.append(data)
    return data


def _cyclic_point() -> Point:
    point = Point(1.0)
    point.y = point
    return point


async def _later() -> int:
    return 1


def _function(x: int) -> int:
    return x


@dataclass(frozen=True)
class Given:
    """One row: the value as the table writes it, what makes it, and its type hint."""

    written: str
    make: Callable[[], Any]
    hint: Any = Any
    hinted: str = ""

    @property
    def told(self) -> str:
        return f"`{self.written}`" + (f" as `{self.hinted}`" if self.hinted else "")


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC).replace(tzinfo=None)
ID = UUID("0192f0c1-2345-7678-9abc-def012345678")

NUMBERS = [
    Given('float("nan")', lambda: float("nan")),
    Given('float("nan")', lambda: float("nan"), float, "float"),
    Given('float("inf")', lambda: float("inf")),
    Given('{"score": [-float("inf")]}', lambda: {"score": [-float("inf")]}),
    Given("-0.0", lambda: -0.0),
    Given("1e308", lambda: 1e308),
    Given("3", lambda: 3, float, "float"),
    Given("True", lambda: True, int, "int"),
    Given("2**53 - 1", lambda: 2**53 - 1),
    Given("2**53", lambda: 2**53),
    Given("10**300", lambda: 10**300),
    Given("10**400", lambda: 10**400),
    Given("1 + 2j", lambda: 1 + 2j),
    Given("1 + 2j", lambda: 1 + 2j, complex, "complex"),
    Given('Decimal("1.10")', lambda: Decimal("1.10")),
    Given('Decimal("1.10")', lambda: Decimal("1.10"), Decimal, "Decimal"),
    Given('Decimal("NaN")', lambda: Decimal("NaN"), Decimal, "Decimal"),
    Given("Fraction(1, 3)", lambda: Fraction(1, 3)),
    Given("Count(3)", lambda: Count(3)),
]
TEXT = [
    Given('"\\ud83d"', lambda: HALF),
    Given('"\\ud83d\\ude00"', lambda: HALF + "\ude00"),
    Given('{"\\ud83d": 1}', lambda: {HALF: 1}),
    Given('"a\\0b"', lambda: "a\0b"),
    Given('Word("a")', lambda: Word("a")),
    Given('"x" * 300_000', lambda: "x" * 300_000),
    Given('"x" * 5_000_000', lambda: "x" * 5_000_000),
    Given('b"abc"', lambda: b"abc"),
    Given('b"abc"', lambda: b"abc", bytes, "bytes"),
    Given('b"\\xff"', lambda: b"\xff", bytes, "bytes"),
    Given('bytearray(b"abc")', lambda: bytearray(b"abc")),
    Given('memoryview(b"abc")', lambda: memoryview(b"abc")),
]
COLLECTIONS = [
    Given("(1, (2,))", lambda: (1, (2,))),
    Given("(1, 2)", lambda: (1, 2), tuple[int, float], "tuple[int, float]"),
    Given("Pair(1, 2)", lambda: Pair(1, 2)),
    Given("Pair(1, 2)", lambda: Pair(1, 2), Pair, "Pair"),
    Given('{"b", "a"}', lambda: {"b", "a"}),
    Given('{"b", "a"}', lambda: {"b", "a"}, set[str], "set[str]"),
    Given('frozenset({"b", "a"})', lambda: frozenset({"b", "a"}), frozenset[str], "frozenset[str]"),
    Given("deque([1, 2])", lambda: deque([1, 2])),
    Given("range(3)", lambda: range(3)),
    Given("(n for n in (1, 2))", lambda: (n for n in (1, 2))),
    Given("itertools.count()", itertools.count),
    Given('Page(score=open("notes.txt"))', lambda: Page(score=StringIO("a\nb")), Page, "Page"),
    Given("iter([1, 2])", lambda: iter([1, 2])),
    Given('{"a": 1}.keys()', lambda: {"a": 1}.keys()),
    Given('{1: "a"}', lambda: {1: "a"}),
    Given('{1: "a"}', lambda: {1: "a"}, dict[int, str], "dict[int, str]"),
    Given('{1: "a", "1": "b"}', lambda: {1: "a", "1": "b"}),
    Given('Point(1, {1: "a", "1": "b"})', lambda: Point(1, {1: "a", "1": "b"})),
    Given('{1: "a", "1": "b"}', lambda: {1: "a", "1": "b"}, dict[int | str, str], "dict[int or str, str]"),
    Given('{None: "a", True: "b", 1.5: "c"}', lambda: {None: "a", True: "b", 1.5: "c"}),
    Given('{(1, 2): "a"}', lambda: {(1, 2): "a"}),
    Given('{(1, 2): "a"}', lambda: {(1, 2): "a"}, dict[tuple[int, int], str], "dict[tuple[int, int], str]"),
    Given('Counter("aab")', lambda: Counter("aab")),
    Given("OrderedDict(b=1, a=2)", lambda: OrderedDict(b=1, a=2)),
    Given("defaultdict(list, a=[1])", lambda: defaultdict(list, a=[1])),
]
DEPTH = [
    Given("nested(100)", lambda: _nested(100)),
    Given("nested(101)", lambda: _nested(101)),
    Given("nested_dicts(101)", lambda: _nested(101, lists=False)),
    Given("nested(10_000)", lambda: _nested(10_000)),
    Given("a_list_in_itself", _cyclic_list),
    Given("a_point_in_itself", _cyclic_point),
]
TIMES = [
    Given("datetime(2026, 1, 2, 12)", lambda: NOON),
    Given("datetime(2026, 1, 2, 12)", lambda: NOON, datetime, "datetime"),
    Given("datetime(2026, 1, 2, 12, tzinfo=UTC)", lambda: NOON.replace(tzinfo=UTC), datetime, "datetime"),
    Given("date(2026, 1, 2)", lambda: date(2026, 1, 2), date, "date"),
    Given("timedelta(minutes=90)", lambda: timedelta(minutes=90)),
    Given("timedelta(minutes=90)", lambda: timedelta(minutes=90), timedelta, "timedelta"),
]
MODELS = [
    Given("Colour.RED", lambda: Colour.RED),
    Given("Colour.RED", lambda: Colour.RED, Colour, "Colour"),
    Given("Level.HIGH", lambda: Level.HIGH),
    Given("Point(1, (2,))", lambda: Point(1, (2,))),
    Given("Point(1, (2,))", lambda: Point(1, (2,)), Point, "Point"),
    Given('Point(float("nan"))', lambda: Point(float("nan")), Point, "Point"),
    Given("Page()", Page),
    Given("Page()", Page, Page, "Page"),
    Given("Page(score=float('inf'))", lambda: Page(score=float("inf")), Page, "Page"),
    Given("Longer()", Longer, Page, "Page"),
    Given('Login(token="…")', Login),
    Given('Login(token="…")', Login, Login, "Login"),
    Given('SecretStr("…")', lambda: SecretStr(SECRET), SecretStr, "SecretStr"),
    Given('SecretStr("abc")', lambda: SecretStr("abc"), SecretStr, "SecretStr"),
    Given("a_model_whose_serializer_raises", Refuses, Refuses, "Refuses"),
    Given("a_model_whose_serializer_exits", Exits, Exits, "Exits"),
    Given("a_model_with_a_property_that_raises", Computes, Computes, "Computes"),
    Given("a_model_with_a_property_that_exits", Stops, Stops, "Stops"),
]
OBJECTS = [
    Given('PurePosixPath("/a")', lambda: PurePosixPath("/a")),
    Given('PurePosixPath("/a")', lambda: PurePosixPath("/a"), PurePosixPath, "PurePosixPath"),
    Given('UUID("0192f0c1-…")', lambda: ID),
    Given('UUID("0192f0c1-…")', lambda: ID, UUID, "UUID"),
    Given("object()", object),
    Given("an_object_whose_repr_raises", Mute),
    Given("int", lambda: int),
    Given("a_function", lambda: _function),
    Given("threading.Lock()", threading.Lock),
    Given("an_exception", lambda: ValueError("odd")),
    Given("asyncio.Event()", asyncio.Event),
    Given("later()", _later),
    Given("...", lambda: ...),
]
GROUPS = {
    "Numbers": NUMBERS,
    "Text and bytes": TEXT,
    "Collections": COLLECTIONS,
    "Depth": DEPTH,
    "Times": TIMES,
    "Models, dataclasses, enums": MODELS,
    "Objects": OBJECTS,
}
ROWS = {given.told: given for group in GROUPS.values() for given in group}
assert len(ROWS) == sum(map(len, GROUPS.values())), "two rows are written alike"
