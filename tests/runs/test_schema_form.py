"""The form that a workflow's input makes, and the data that was filled in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from pydantic import (
    Base64Bytes,
    BaseModel,
    Field,
    Secret,
    SecretStr,
    TypeAdapter,
    create_model,
    field_validator,
    model_validator,
)

from genisys import workflow
from runs.rules.inputs import parsed
from runs.schema_forms.form import HIDDEN, SchemaForm


class Depth(Enum):
    SHALLOW = "shallow"
    DEEP = "deep"


class Address(BaseModel):
    """Where it goes."""

    street: str
    number: int = 1


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of the input of a workflow that takes the model."""

    async def body(given):
        return given

    body.__annotations__ = {"given": model, "return": model}
    return workflow(name="schema-form-test")(body).input_schema()


def form_of(model: type[BaseModel], typed: dict[str, Any] | None = None, **files: bytes) -> SchemaForm:
    """The form, with the fields of `typed` filled in and the others as they stand on the page."""
    schema = schema_of(model)
    if typed is None:
        return SchemaForm(schema, lambda given: parsed(model, given))
    data = QueryDict(mutable=True)
    for name, value in _as_shown(SchemaForm(schema, lambda given: parsed(model, given))).items():
        data.setlist(name, value)
    for name, value in typed.items():
        data.setlist(f"input-{name}", value if isinstance(value, list) else [value])
    given = {f"input-{name}": SimpleUploadedFile("a.bin", content) for name, content in files.items()}
    return SchemaForm(schema, lambda given: parsed(model, given), data, given)


def _as_shown(form: SchemaForm) -> dict[str, list[str]]:
    """What a browser would send if nothing was changed."""
    page = BeautifulSoup("".join(str(field) for field in form), "html.parser")
    sent: dict[str, list[str]] = {}
    for box in page.find_all(["input", "textarea"]):
        if box.get("type") in ("radio", "checkbox") and not box.has_attr("checked"):
            continue
        without = "on" if box.get("type") == "checkbox" else ""
        value = box.text.lstrip("\n") if box.name == "textarea" else box.get("value", without)
        sent.setdefault(box["name"], []).append(value)
    for box in page.find_all("select"):
        sent[box["name"]] = [each["value"] for each in box.find_all("option", selected=True)]
    return sent


def one(type_: Any, **field: Any) -> type[BaseModel]:
    return create_model("One", value=(type_, Field(**field)))


def filled(model: type[BaseModel], typed: dict[str, Any], **files: bytes) -> Any:
    form = form_of(model, typed, **files)
    assert form.is_valid(), form.errors
    return form.value


@pytest.mark.parametrize(
    ("type_", "default", "typed", "value"),
    [
        (str, ..., "bees", "bees"),
        (str, "x", "", ""),
        (str | None, "x", "", None),
        (int, ..., "7", 7),
        (int, 3, "", 3),
        (int | None, 3, "", None),
        (float, ..., "0.5", 0.5),
        (bool, ..., "false", False),
        (bool | None, None, "", None),
        (Depth, ..., '"deep"', Depth.DEEP),
        (Literal[1, 2], 1, "2", 2),
        (Literal["a", "b"] | None, None, '"b"', "b"),
        (list[str], [], "one\r\n\r\n two ", ["one", "two"]),
        (list[str], ["x"], "", []),
        (list[str], ..., "", []),
        (list[int], [], "1\n2", [1, 2]),
        (set[str], set(), "a\na", {"a"}),
        (list[Literal["x", "y"]], ["x"], ['"y"', '"x"'], ["y", "x"]),
        (list[Literal["x", "y"]], ["x"], [], []),
        (dict[str, int], ..., '{"a": 1}', {"a": 1}),
        (list[Address], [], '[{"street": "A"}]', [Address(street="A")]),
        (tuple[int, str], ..., '[1, "a"]', (1, "a")),
        (int | str, 3, "5", 5),
        (int | str, 3, "five", "five"),
        (Decimal, ..., "0.10000000000000000000001", Decimal("0.10000000000000000000001")),
        (timedelta, ..., "PT2H", timedelta(hours=2)),
        (Any, None, "[1]", [1]),
    ],
)
def test_what_is_typed_becomes_the_value_that_the_type_has(type_, default, typed, value):
    model = one(type_) if default is ... else one(type_, default=default)
    assert filled(model, {"value": typed}).value == value


@pytest.mark.parametrize(
    "type_default",
    [
        (str, "x"),
        (str | None, None),
        (int, 3),
        (float, 0.1),
        (bool, True),
        (bool, False),
        (Depth, Depth.DEEP),
        (list[str], ["a", "b"]),
        (list[str], ["a\nb"]),
        (list[int], [1]),
        (dict[str, int], {"a": 1}),
        (Address, Address(street="Long", number=4)),
        (Address | None, None),
        (Decimal, Decimal("1.50")),
        (SecretStr, SecretStr("a-default-secret")),
    ],
    ids=str,
)
def test_a_form_sent_as_it_stands_gives_the_defaults(type_default):
    type_, default = type_default
    assert filled(one(type_, default=default), {}).value == default


def test_a_default_that_is_made_anew_each_time_stays_the_types_own():
    made = iter(("first", "second"))
    assert filled(one(str, default_factory=lambda: next(made)), {}).value == "first"


def test_a_nested_object_is_a_group_of_fields_and_an_optional_one_may_be_left_alone():
    class Letter(BaseModel):
        to: Address
        copy_to: Address | None = None

    form = form_of(Letter)
    groups = [part["group"] for part in form.laid_out()]
    assert [(group.label, group.about, group.needed) for group in groups] == [
        ("To", "Where it goes.", True),
        ("Copy to", "Where it goes.", False),
    ]
    assert form.fields["to.street"].required
    assert not form.fields["copy_to.street"].required
    assert filled(Letter, {"to.street": "High"}).copy_to is None
    assert filled(Letter, {"to.street": "High", "copy_to.street": "Low"}).copy_to == Address(street="Low")


def test_an_optional_group_that_was_begun_says_what_is_missing_in_it():
    form = form_of(one(Address | None, default=None), {"value.number": "4"})
    assert not form.is_valid()
    assert form.errors == {"value.street": ["This is needed."]}


def test_bounds_stand_in_the_field_and_what_breaks_one_is_told_beside_it():
    model = one(int, gt=2, le=9)
    field = BeautifulSoup(str(form_of(model)["value"]), "html.parser").input
    assert (field["type"], field["min"], field["max"]) == ("number", "3", "9")
    form = form_of(one(float, gt=0.5), {"value": "0.5"})
    assert not form.is_valid()
    assert form.errors == {"value": ["This should be greater than 0.5."]}


def test_what_only_the_type_can_tell_is_told_at_its_field_or_above_the_form():
    class Trip(BaseModel):
        start: int = 1
        end: int = 2
        stops: list[int] = []

        @field_validator("start")
        @classmethod
        def is_odd(cls, start: int) -> int:
            if start % 2 == 0:
                raise ValueError("Trips begin on odd days")
            return start

        @model_validator(mode="after")
        def in_order(self) -> Trip:
            if self.end < self.start:
                raise ValueError("It ends before it begins")
            return self

    early, mixed = form_of(Trip, {"start": "2"}), form_of(Trip, {"start": "9"})
    assert (early.is_valid(), mixed.is_valid()) == (False, False)
    assert early.errors == {"start": ["Trips begin on odd days."]}
    assert mixed.non_field_errors() == ["It ends before it begins."]
    lines = form_of(Trip, {"stops": "1\nmany"})
    assert not lines.is_valid()
    assert lines.errors == {"stops": ["“many” is not a whole number."]}


SECRET = "swordfish-1234"


@pytest.mark.parametrize(
    ("type_", "typed"),
    [
        (SecretStr, SECRET),
        (SecretStr | None, SECRET),
        (Secret[str], SECRET),
        (list[SecretStr], SECRET),
        (dict[str, SecretStr], f'{{"a": "{SECRET}"}}'),
        (dict[str, SecretStr], f'{{"a": {SECRET}'),
    ],
)
def test_a_secret_never_comes_back_to_the_page_nor_into_what_is_wrong(type_, typed):
    class Door(BaseModel):
        key: type_
        count: int

        @field_validator("key")
        @classmethod
        def never(cls, key: Any) -> Any:
            raise ValueError(f"{SECRET} is not it")

    form = form_of(Door, {"key": typed, "count": "none"})
    assert not form.is_valid()
    assert SECRET not in "".join(map(str, form)) + str(form.errors)
    form = form_of(Door, {"key": typed, "count": "1"})
    assert not form.is_valid()
    assert SECRET not in "".join(map(str, form)) + str(form.errors)
    assert form.asks_again


def test_a_secret_in_what_a_model_says_of_itself_is_hidden_too():
    class Door(BaseModel):
        key: SecretStr

        @model_validator(mode="after")
        def never(self) -> Door:
            raise ValueError(f"{self.key.get_secret_value()} is not it")

    form = form_of(Door, {"key": SECRET})
    assert not form.is_valid()
    assert form.non_field_errors() == [HIDDEN]


def test_a_file_is_a_part_of_the_input_as_its_type_wants_it():
    assert filled(one(bytes), {}, value=b"\xff\x00").value == b"\xff\x00"
    assert filled(one(Base64Bytes), {}, value=b"\xff\x00").value == b"\xff\x00"
    text = one(str, json_schema_extra={"contentMediaType": "text/csv"})
    assert filled(text, {}, value="a,ä\r\n".encode()).value == "a,ä\r\n"
    form = form_of(text, {}, value=b"\xff")
    assert not form.is_valid()
    assert "not text in UTF-8" in str(form.errors["value"])
    assert form.is_multipart()


def test_names_and_aliases_of_any_letters_keep_apart():
    class Odd(BaseModel):
        dotted: str = Field(alias="a.b")
        nested: one(str) = Field(alias="a")  # type: ignore[valid-type]
        spaced: str = Field(alias="First Name")

    value = filled(Odd, {"a~2e~b": "1", "a.value": "2", "First~20~Name": "3"})
    assert (value.dotted, value.nested.value, value.spaced) == ("1", "2", "3")


def test_a_type_that_holds_itself_and_one_that_takes_anything_are_typed_as_json():
    class Node(BaseModel):
        name: str
        below: list[Node] = []

    class Open(BaseModel, extra="allow"):
        name: str

    assert filled(Node, {"name": "a", "below": '[{"name": "b"}]'}).below[0].name == "b"
    assert filled(Open, {"~": '{"name": "a", "more": 1}'}).model_extra == {"more": 1}
    form = form_of(Open, {"~": "[1]"})
    assert not form.is_valid()


def test_an_input_without_fields_is_a_form_without_any():
    class Nothing(BaseModel):
        pass

    assert list(form_of(Nothing).laid_out()) == []
    assert filled(Nothing, {}) == Nothing()


def test_words_of_the_schema_are_shown_and_never_obeyed():
    evil = "<img src=x onerror=alert(1)>"
    model = one(Literal["<b>one</b>", "two"], title=evil, description=evil)
    form = form_of(model)
    assert "<img" not in form.as_p()
    assert "<b>one" not in form.as_p()
    assert form.fields["value"].label == evil


def test_titles_that_pydantic_makes_of_names_read_as_words_and_an_authors_own_stays():
    class Named(BaseModel):
        max_pages: int = 3
        url: str = Field(default="", title="Web Address")

    labels = [field.label for field in form_of(Named)]
    assert labels == ["Max pages", "Web Address"]


def test_a_secret_of_any_type_is_described_as_one():
    schema = schema_of(one(Secret[int]))
    assert schema["properties"]["value"]["writeOnly"] is True
    assert TypeAdapter(int).json_schema() == {"type": "integer"}
