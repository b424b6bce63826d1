"""An input's fields are all known, or are named."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runs.inputs import parsed


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
