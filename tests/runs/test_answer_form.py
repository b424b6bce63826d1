"""The form that a question's JSON Schema makes, and the value that was filled in."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any, Literal

import pytest
from bs4 import BeautifulSoup
from pydantic import BaseModel, Field, SecretStr, TypeAdapter

from runs.pages.answer_form import AnswerForm


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Decision(BaseModel):
    publish: bool
    note: str = ""
    stars: int = Field(default=3, ge=1, le=5)
    weight: float | None = None
    colour: Colour
    tags: list[str] = []


def form_of(type_: Any, **typed: str) -> AnswerForm:
    data = {f"answer-{name}": value for name, value in typed.items()}
    return AnswerForm(TypeAdapter(type_).json_schema(), data or None)


def answer(type_: Any, **typed: str) -> Any:
    form = form_of(type_, **typed)
    assert form.is_valid(), form.errors
    return form.answer


@pytest.mark.parametrize(
    ("type_", "typed", "value"),
    [
        (str, "two\r\nlines", "two\nlines"),
        (bool, "false", False),
        (int, "7", 7),
        (float, "2.5", 2.5),
        (Literal["yes", "no"], '"no"', "no"),
        (Literal[1, 2], "2", 2),
        (Colour, '"blue"', "blue"),
        (date, "2026-11-25", "2026-11-25"),
        (str | None, "", None),
        (int | None, "", None),
        (Literal["a", None], "", None),
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (list[int], "[]", []),
        (int | str, '"seven"', "seven"),
    ],
)
def test_a_simple_answer_is_what_was_typed(type_, typed, value):
    assert answer(type_, value=typed) == value
    TypeAdapter(type_).validate_python(value)


def test_an_object_has_a_field_for_each_of_its_parts():
    form = form_of(Decision)
    assert [field.label for field in form] == ["Publish", "Note", "Stars", "Weight", "Colour", "Tags"]
    value = answer(Decision, publish="true", note="Go.", stars="5", weight="0.5", colour='"red"', tags='["a"]')
    assert value == {"publish": True, "note": "Go.", "stars": 5, "weight": 0.5, "colour": "red", "tags": ["a"]}


def test_what_is_left_empty_is_left_out_and_keeps_its_default():
    value = answer(Decision, publish="false", note="", stars="", weight="", colour='"red"', tags="")
    assert value == {"publish": False, "note": "", "colour": "red"}
    assert Decision.model_validate(value) == Decision(publish=False, colour=Colour.RED)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"colour": '"red"'}, "publish", "required"),
        ({"publish": "true", "colour": '"green"'}, "colour", "valid choice"),
        ({"publish": "true", "colour": '"red"', "stars": "9"}, "stars", "less than or equal to 5"),
        ({"publish": "true", "colour": '"red"', "stars": "many"}, "stars", "whole number"),
        ({"publish": "true", "colour": '"red"', "tags": "[1]"}, "tags", "At 0: 1 is not of type 'string'."),
        (
            {"publish": "true", "colour": '"red"', "tags": '["a",'},
            "tags",
            "not JSON: Expecting value at line 1, column 6",
        ),
        ({"publish": "true", "colour": '"red"', "tags": "NaN"}, "tags", "no number of JSON"),
        ({"publish": "true", "colour": '"red"', "tags": "[" * 100_000}, "tags", "nested too deeply"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_what_was_typed_is_kept(typed, field, words):
    form = form_of(Decision, **typed)
    assert not form.is_valid()
    assert words in " ".join(form.errors[field])
    page = BeautifulSoup(str(form), "html.parser")
    assert "red" in str(page.find_all("input", checked=True)) or typed["colour"] == '"green"'
    if "tags" in typed:
        assert page.find("textarea").text.strip() == typed["tags"]


def test_a_length_and_a_pattern_hold():
    class Code(BaseModel):
        code: str = Field(pattern="^[A-Z]{3}$", max_length=3)

    form = form_of(Code, code="abc")
    assert not form.is_valid()
    assert "does not match" in str(form.errors["code"])


def test_a_secret_is_typed_unseen_and_never_sent_back():
    class Door(BaseModel):
        key: SecretStr = Field(min_length=8)

    form = form_of(Door, key="hush")
    assert not form.is_valid()
    assert form.fields["key"].widget.input_type == "password"
    assert "hush" not in str(form) + str(form.errors)


def test_words_of_the_schema_are_shown_and_never_obeyed():
    evil = "<img src=x onerror=alert(1)>"

    class Named(BaseModel):
        name: Literal["<b>one</b>", "two"] = Field(title=evil, description=evil)

    assert "<img" not in str(form_of(Named))
    assert "<b>one" not in str(form_of(Named))


def test_an_object_that_takes_anything_is_typed_as_json():
    class Open(BaseModel, extra="allow"):
        name: str

    assert answer(Open, value='{"name": "a", "more": 1}') == {"name": "a", "more": 1}


class Node(BaseModel):
    name: str
    below: list[Node] = []


def test_a_type_that_holds_itself_is_typed_as_far_as_it_is_simple():
    value = answer(Node, name="root", below='[{"name": "leaf"}]')
    assert Node.model_validate(value).below[0].name == "leaf"
