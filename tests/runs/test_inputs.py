"""An input's fields are all known, or are named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

from runs.rules.inputs import parsed


class Order(BaseModel):
    url: str
    max_pages: int = Field(default=10, alias="maxPages")


class Open(Order):
    model_config = ConfigDict(extra="allow")


class Careless(Order):
    model_config = ConfigDict(extra="ignore")


def test_every_unknown_field_is_named() -> None:
    with pytest.raises(ValidationError) as raised:
        parsed(Order, {"url": "x", "max_page": 3, "Url": "y"})
    assert [(error["loc"], error["msg"]) for error in raised.value.errors()] == [
        (("Url",), "There is no such field"),
        (("max_page",), "There is no such field"),
    ]


def test_fields_are_known_by_their_alias() -> None:
    assert parsed(Order, {"url": "x", "maxPages": 3}) == Order(url="x", maxPages=3)


@pytest.mark.parametrize("model", [Open, Careless])
def test_a_model_that_says_what_becomes_of_them_decides_itself(model: type[BaseModel]) -> None:
    assert parsed(model, {"url": "x", "other": 1}).model_dump()["url"] == "x"


class Door(BaseModel):
    colour: str = "red"


class Free(BaseModel):
    model_config = ConfigDict(extra="allow")

    door: Door = Door()


class Window(TypedDict, total=False):
    panes: int


@dataclass
class Roof:
    slope: int = 3


class House(BaseModel):
    door: Door = Door()
    doors: list[Door] = []
    by_name: dict[str, Door] = {}
    either: Roof | Door | int = 1
    window: Window = {}
    free: Free | None = None
    side: Door = Field(default=Door(), alias="sideDoor")
    anything: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"door": {"color": "blue"}}, ("door", "color")),
        ({"doors": [{}, {"colour": "blue", "x": 1}]}, ("doors", 1, "x")),
        ({"by_name": {"front": {"size": 2}}}, ("by_name", "front", "size")),
        ({"either": {"slope": 4, "pitch": 4}}, ("either", "pitch")),
        ({"window": {"panes": 2, "glass": 1}}, ("window", "glass")),
        ({"sideDoor": {"size": 2}}, ("sideDoor", "size")),
        ({"free": {"else": 1, "door": {"size": 2}}}, ("free", "door", "size")),
    ],
)
def test_a_field_that_is_unknown_further_in_is_named_with_its_place(given: dict[str, Any], place: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        parsed(House, given)
    assert [(error["loc"], error["msg"]) for error in raised.value.errors()] == [(place, "There is no such field")]


def test_what_a_type_takes_is_taken_at_any_depth() -> None:
    given = {
        "doors": [{"colour": "blue"}],
        "by_name": {"any name": {}},
        "free": {"else": {"x": 1}},
        "anything": {"a": {"b": [{"c": 1}]}},
        "window": {"panes": 2},
        "either": 4,
    }
    assert parsed(House, given).model_dump(exclude_unset=True) == given
