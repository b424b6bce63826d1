"""What ran live is what a replay gives: results, arguments, and the keys of steps."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, Json, computed_field
from typing_extensions import TypedDict

from genisys import Component, EncodingError, StepFailed, component, gather, workflow
from genisys.testing import run_in_memory
from tests.codec import adapter_of, decode, digest, encode, settle

T = TypeVar("T")


class Empty(BaseModel):
    pass


class Any_(BaseModel):
    value: Any = None


class Base(BaseModel):
    x: int = 1


class Sub(Base):
    y: int = 2


@dataclass
class Point:
    x: float


@dataclass
class Place(Point):
    name: str = ""


class Other(BaseModel):
    x: int = 1
    more: str = ""


class Colour(Enum):
    RED = "red"


class Pair(NamedTuple):
    left: int
    right: float


class Words(TypedDict):
    words: set[str]


class Box(BaseModel, Generic[T]):
    held: T


class Aliased(BaseModel):
    given: int = Field(alias="Given")


class Swapped(BaseModel):
    one: int = Field(alias="two")
    two: int = Field(alias="one")


class Computed(BaseModel, extra="forbid"):
    width: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def area(self) -> int:
        return self.width**2


class Holder(BaseModel):
    raw: Json[list[int]]


NOON = datetime(2026, 1, 2, 12, 0, 0, 5, tzinfo=UTC).replace(tzinfo=None)

CASES: list[tuple[Any, Any, Any]] = [
    (float, 3, 3.0),
    (list[float], [1, 2], [1.0, 2.0]),
    (Base, Sub(x=5), Base(x=5)),
    (list[Base], [Sub(x=5)], [Base(x=5)]),
    (Point, Place(1, "here"), Point(1.0)),
    (Base | Other, Other(x=3, more="m"), Other(x=3, more="m")),
    (datetime | str, "2026-01-02T12:00:00", NOON.replace(microsecond=0)),
    (str | datetime, NOON.replace(microsecond=0), "2026-01-02T12:00:00"),
    (set[str], {"b", "a"}, {"a", "b"}),
    (Decimal, Decimal("1.50"), Decimal("1.50")),
    (datetime, NOON, NOON),
    (datetime, NOON.replace(tzinfo=UTC), NOON.replace(tzinfo=UTC)),
    (date, NOON.date(), NOON.date()),
    (timedelta, timedelta(microseconds=1), timedelta(microseconds=1)),
    (bytes, "é".encode(), "é".encode()),
    (Colour, Colour.RED, Colour.RED),
    (Any, Colour.RED, "red"),
    (tuple[int, float], (1, 2), (1, 2.0)),
    (Any, (1, (2,)), [1, [2]]),
    (Any, Base(x=4), {"x": 4}),
    (Any, {1: Point(2.0)}, {"1": {"x": 2.0}}),
    (Pair, Pair(1, 2), Pair(1, 2.0)),
    (Words, {"words": {"a"}}, {"words": {"a"}}),
    (Box[set[int]], Box[set[int]](held={2, 1}), Box[set[int]](held={1, 2})),
    (Annotated[float, Field(ge=0)], 1, 1.0),
    (Aliased, Aliased(Given=3), Aliased(Given=3)),
    (Swapped, Swapped(two=1, one=2), Swapped(two=1, one=2)),
    (Computed, Computed(width=3), Computed(width=3)),
    (Holder, Holder(raw="[1, 2]"), Holder(raw="[1, 2]")),
    (Counter[str], Counter("aab"), Counter("aab")),
    (None, None, None),
]


@pytest.mark.parametrize(
    ("hint", "given", "expected"), CASES, ids=[f"{case[0]} {number}" for number, case in enumerate(CASES)]
)
async def test_live_code_gets_what_a_replay_gives(hint: Any, given: Any, expected: Any) -> None:
    seen: list[Any] = []

    async def give() -> Any:
        return given

    give.__annotations__["return"] = hint
    made: Component[[], Any] = component(give)

    @component
    async def mark() -> None:
        pass

    @workflow(name="same-result")
    async def flow(request: Empty) -> Empty:
        seen.append(await made())
        await mark()
        return Empty()

    await run_in_memory(flow, Empty(), crash_after={"mark": 1})
    assert seen == [expected, expected]
    assert type(seen[0]) is type(seen[1]) is type(expected)


@pytest.mark.parametrize(
    ("hint", "given"),
    [
        (Decimal, Decimal("NaN")),
        (float, float("inf")),
        (bytes, b"\xff"),
        (dict[tuple[int, int], int], {(1, 2): 3}),
        (Any, float("nan")),
        (range, range(3)),
    ],
    ids=str,
)
async def test_what_could_not_be_read_back_is_refused_when_it_is_returned(hint: Any, given: Any) -> None:
    async def give() -> Any:
        return given

    give.__annotations__["return"] = hint
    with pytest.raises((StepFailed, EncodingError), match="Component 'give', result"):
        await component(give)()


class Bag(BaseModel):
    words: frozenset[str] = frozenset()
    more: Any = None


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class OpenKeys(TypedDict):
    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    name: str


def _digests() -> list[str]:
    names = {f"name {n}" for n in range(40)}
    values: list[tuple[Any, Any]] = [
        (set[str], names),
        (Any, names),
        (dict[str, list[frozenset[str]]], {"a": [frozenset(names)]}),
        (frozenset[frozenset[str]], frozenset(frozenset({name, "x"}) for name in names)),
        (Bag, Bag(words=frozenset(names), more={"deep": [names]})),
        (list[Any], [Bag(words=frozenset(names)), {"k": names}]),
        (Open, Open(more=names, deep={"a": names})),  # type: ignore[call-arg]
        (OpenKeys, {"name": "n", "more": names}),
        (set[tuple[str, int]], {(name, 1) for name in names}),
    ]
    return [digest(encode(value, hint, where="here")) for hint, value in values]


def test_digests_and_the_order_of_sets_depend_on_no_process() -> None:
    code = f"import sys; sys.path.insert(0, '.'); from {__name__} import _digests; print(*_digests())"
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {" ".join(_digests())}


def test_unions_are_read_in_the_order_in_which_each_stands() -> None:
    assert adapter_of(Base | Other)[0] is not adapter_of(Other | Base)[0]
    data = {"x": 1}
    assert type(decode(data, Base | Other, where="")) is Base
    assert type(decode(data, Other | Base, where="")) is Other


async def test_a_component_changes_its_own_copy_of_an_argument() -> None:
    seen: list[Any] = []

    @component
    async def spoil(names: list[str], bag: Bag, loose: Any, *rest: dict[str, int]) -> int:
        names.append("mine")
        bag.more = "mine"
        loose["mine"] = 1
        rest[0]["mine"] = 1
        return len(names)

    @component
    async def mark() -> None:
        pass

    @workflow(name="same-argument")
    async def flow(request: Bag) -> Empty:
        names, bag, loose, rest = ["a"], Bag(), {"a": 1}, {"b": 1}
        count = await spoil(names, bag, loose, rest)
        seen.append((count, names, bag, loose, rest))
        await mark()
        return Empty()

    report = await run_in_memory(flow, Bag(), crash_after={"mark": 1})
    assert seen == [(2, ["a"], Bag(), {"a": 1}, {"b": 1})] * 2
    spoiled = next(step for step in report.steps if step.name == "spoil")
    assert spoiled.input == {
        "names": ["a"],
        "bag": {"words": [], "more": None},
        "loose": {"a": 1},
        "rest": [{"b": 1}],
    }


async def test_each_try_gets_the_argument_as_it_was_given() -> None:
    seen: list[list[str]] = []

    @component
    async def spoil(names: list[str]) -> int:
        seen.append(list(names))
        names.append("mine")
        if len(seen) < 3:
            raise OSError("again")
        return 1

    assert await spoil.retry(attempts=3, base=0, cap=0)(["a"]) == 1
    assert seen == [["a"]] * 3


async def test_an_argument_without_a_hint_keeps_its_own_type() -> None:
    @component
    async def look(one, two):  # type: ignore[no-untyped-def]
        return [type(one).__name__, one.x, type(two).__name__]

    assert await look(Base(x=7), {1, 2}) == ["Base", 7, "set"]


async def test_any_number_of_arguments_are_steps_like_any_others() -> None:
    seen: list[Any] = []

    @component
    async def join(first: int, /, *rest: float, sep: str = "-", **named: set[int]) -> Any:
        return [
            first,
            sep,
            [type(each).__name__ for each in rest],
            {name: sorted(each) for name, each in named.items()},
        ]

    @component
    async def mark() -> None:
        pass

    @workflow(name="same-any-number")
    async def flow(request: Empty) -> Empty:
        seen.append(await gather(join(1), join(1, 2, 3), join(1, sep="+", a={2, 1}), join(1, 2, b={3})))
        await mark()
        return Empty()

    report = await run_in_memory(flow, Empty(), crash_after={"mark": 1})
    assert (
        seen[0]
        == seen[1]
        == [
            [1, "-", [], {}],
            [1, "-", ["float", "float"], {}],
            [1, "+", [], {"a": [1, 2]}],
            [1, "-", ["float"], {"b": [3]}],
        ]
    )
    assert len([step for step in report.steps if step.name == "join"]) == 4
    with pytest.raises(EncodingError, match="argument 'rest'"):
        await join(1, "two")  # type: ignore[arg-type]


def _naming(body: Any, *args: Any, **kwargs: Any) -> str:
    parameters = component(body).parameters
    return digest(parameters.naming(parameters.encoded(parameters.bound(args, kwargs), None)))


def test_a_parameter_added_with_a_default_names_the_same_step() -> None:
    async def before(a: int) -> None: ...

    async def after(a: int, b: int = 1, *more: str, names: list[str] = [], **others: int) -> None: ...  # noqa: B006

    name = _naming(before, 1)
    assert _naming(after, 1) == name
    assert _naming(after, 1, 1, names=[]) == name == digest({"a": 1})
    others = [_naming(after, 1, 2), _naming(after, 1, b=0), _naming(after, 1, names=["x"]), _naming(after, 1, c=1)]
    assert len({name, *others}) == 5


async def test_a_finished_step_is_not_run_again_for_a_parameter_with_a_default() -> None:
    ran: list[str] = []

    async def fetch(url: str) -> str:
        ran.append("old")
        return "old"

    async def fetch_deeper(url: str, depth: int = 1) -> str:
        ran.append("new")
        return "new"

    bodies = [component(fetch), component(name="fetch")(fetch_deeper)]
    seen: list[str] = []

    @component
    async def mark() -> None:
        pass

    @workflow(name="same-default")
    async def flow(request: Empty) -> Empty:
        seen.append(await bodies.pop(0)("/"))
        await mark()
        return Empty()

    report = await run_in_memory(flow, Empty(), crash_after={"mark": 1})
    assert report.attempts == 2 and seen == ["old", "old"] and ran == ["old"]


def test_settling_gives_data_that_are_settled() -> None:
    for hint, given, expected in CASES:
        data, value = settle(given, type(None) if hint is None else hint, where="here")
        assert value == expected
        assert decode(data, type(None) if hint is None else hint, where="here") == expected
