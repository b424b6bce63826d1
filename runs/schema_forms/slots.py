"""One field for one part of a schema: how it is shown, and the JSON that stands for what was filled in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import escape

from runs.rules.json_text import JsonField
from runs.schema_forms import choices
from runs.schema_forms.lines import File, Lines, Unechoed, UnechoedJson
from runs.schema_forms.schema import Schema, holds_a_secret, label_of, resolved, scalar_types

SHORT_TEXT = 200
LEFT_OUT: Any = object()
"""Stands for a part that is not in the data, so that the type's own default holds."""

_NONE = "None of these"
_INPUTS = {"email": forms.EmailInput, "uri": forms.URLInput, "date": forms.DateInput, "time": forms.TimeInput}
_INPUT_TYPES = {"date": "date"}
_SUCH_AS = {
    "date-time": "Such as 2026-11-25T12:00:00Z.",
    "time": "Such as 12:30.",
    "duration": "Such as PT1H30M, or 01:30:00.",
    "uuid": "Such as 019ac2f0-8f4b-7d31-9c5e-0a1b2c3d4e5f.",
}
_CONSTRAINTS = ("minLength", "pattern", "format", "contentEncoding")
_BINARY = ("binary", "base64", "base64url")


def _as_it_is(cleaned: Any) -> Any:
    # A browser sends the lines of a text as forms have it; JSON's own are "\n".
    return cleaned.replace("\r\n", "\n") if isinstance(cleaned, str) else cleaned


@dataclass(frozen=True, slots=True)
class Slot:
    """A field, how its cleaned value is read, and what it stands for when it is left empty."""

    field: forms.Field
    empty: Any
    secret: bool = False
    read: Callable[[Any], Any] = _as_it_is

    def value(self, cleaned: Any) -> Any:
        """Return the JSON data that the cleaned value stands for; LEFT_OUT where that is none."""
        if cleaned is None or cleaned == "" or (cleaned == [] and self.empty is not LEFT_OUT):
            return self.empty
        return LEFT_OUT if cleaned == [] else self.read(cleaned)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the schema on its way to a field. `default` is LEFT_OUT where there is none to show."""

    name: str
    schema: Schema
    root: Schema
    nullable: bool
    required: bool
    default: Any
    asked: bool
    """Whether the browser is to insist on it: not inside a group that may be left out as a whole."""

    @property
    def common(self) -> dict[str, Any]:
        """The options that every field takes."""
        return {
            "label": label_of(self.name, self.schema),
            "help_text": escape(self.schema.get("description", "")),  # templates take a field's help for HTML
            "initial": None if self.default is LEFT_OUT else self.default,
            "required": self.required and self.asked and not self.nullable,
        }

    @property
    def empty(self) -> Any:
        """What an emptied field stands for: null where that fits, else nothing."""
        return None if self.nullable and (self.required or self.default is not LEFT_OUT) else LEFT_OUT


def part_of(
    name: str, given: Any, root: Schema, *, required: bool, asked: bool = True, default: Any = LEFT_OUT
) -> Part:
    """Return the part, resolved; `default` goes before the schema's own."""
    schema, nullable = resolved(given, root)
    if default is LEFT_OUT:
        default = schema.get("default", LEFT_OUT)
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    return Part(name, schema, root, nullable or None in values, required, default, asked)


def slot_of(part: Part) -> Slot:
    """Return the field for a part that is no group."""
    schema = part.schema
    if holds_a_secret(schema, part.root):
        return _secret(part)
    if "const" in schema or "enum" in schema:
        return _chosen(part, [schema["const"]] if "const" in schema else schema["enum"])
    match schema.get("type"):
        case "boolean":
            return _truth(part)
        case "integer":
            return Slot(_whole_number(part), part.empty)
        case "number":
            low, high = schema.get("minimum"), schema.get("maximum")
            return Slot(forms.FloatField(min_value=low, max_value=high, **part.common), part.empty)
        case "string":
            return _text(part)
        case "array":
            return _list(part)
    types = scalar_types(schema)
    return Slot(forms.CharField(**part.common), part.empty, read=_reader(types)) if types else _json(part)


def _json(part: Part) -> Slot:
    help_text = f"{part.common['help_text']} To be given as JSON.".strip()
    return Slot(JsonField(**{**part.common, "help_text": help_text}), part.empty)


def _secret(part: Part) -> Slot:
    """Return a field whose value never comes back, in a page or in what is wrong with it. Nor does a default show."""
    common = {**part.common, "initial": None}
    empty = None if part.nullable and part.required else LEFT_OUT
    if part.schema.get("type") == "string":
        attrs = {"autocomplete": "new-password", "spellcheck": "false"}
        return Slot(forms.CharField(strip=False, widget=forms.PasswordInput(attrs), **common), empty, secret=True)
    if part.schema.get("type") in ("integer", "number", "boolean"):
        widget = forms.PasswordInput({"autocomplete": "new-password"})
        return Slot(forms.CharField(widget=widget, **common), empty, secret=True, read=_reader({"number", "boolean"}))
    if _items(part).get("type") == "string":
        common |= {"help_text": f"{common['help_text']} One per line.".strip()}
        box = Unechoed({"rows": 3, "autocomplete": "off", "spellcheck": "false"})
        return Slot(Lines(widget=box, **common), empty, secret=True)
    common |= {"help_text": f"{common['help_text']} To be given as JSON.".strip()}
    return Slot(UnechoedJson(**common), empty, secret=True)


def _chosen(part: Part, values: list[Any]) -> Slot:
    known = [value for value in values if value is not None]
    common = part.common
    if common["initial"] not in known:
        common["initial"] = None
    return Slot(choices.of_values(known, common, none=_NONE), part.empty)


def _truth(part: Part) -> Slot:
    if isinstance(part.default, bool) and not part.nullable:
        return Slot(forms.BooleanField(**{**part.common, "required": False}), LEFT_OUT)
    return Slot(choices.yes_or_no(part.common), part.empty)


def _whole_number(part: Part) -> forms.Field:
    schema = part.schema
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if low is None and isinstance(schema.get("exclusiveMinimum"), int):
        low = schema["exclusiveMinimum"] + 1
    if high is None and isinstance(schema.get("exclusiveMaximum"), int):
        high = schema["exclusiveMaximum"] - 1
    if step and low and low % step:
        step = None  # A browser counts steps from the least; what is left is the type's to check.
    return forms.IntegerField(min_value=low, max_value=high, step_size=step, **part.common)


def _text(part: Part) -> Slot:
    schema = part.schema
    format_, longest = str(schema.get("format", "")), schema.get("maxLength")
    encoded = schema.get("contentEncoding") == "base64"
    common = {**part.common, "min_length": schema.get("minLength"), "max_length": longest}
    if format_ in _BINARY or encoded or "contentMediaType" in schema:
        form = "base64" if encoded or format_ == "base64" else "bytes" if format_ in _BINARY else "text"
        return Slot(File(form=form, **{**part.common, "initial": None}), part.empty, read=lambda content: content)
    empty = part.empty
    if empty is LEFT_OUT and part.default is not LEFT_OUT and not any(schema.get(name) for name in _CONSTRAINTS):
        empty = ""
    if (such_as := _SUCH_AS.get(format_)) is not None:
        common["help_text"] = f"{common['help_text']} {such_as}".strip()
    attrs = _attributes(schema)
    if format_ in _INPUTS:
        attrs |= {"type": _INPUT_TYPES[format_]} if format_ in _INPUT_TYPES else {}
        return Slot(forms.CharField(widget=_INPUTS[format_](attrs), **common), empty)
    if (longest is not None and longest > SHORT_TEXT) or "\n" in str(common["initial"] or ""):
        return Slot(forms.CharField(strip=False, widget=forms.Textarea({"rows": 4, **attrs}), **common), empty)
    return Slot(forms.CharField(widget=forms.TextInput(attrs), **common), empty)


def _attributes(schema: Schema) -> dict[str, str]:
    examples = schema.get("examples")
    example = examples[0] if isinstance(examples, list) and examples else None
    return {"placeholder": example} if isinstance(example, str) and "\n" not in example else {}


def _items(part: Part) -> Schema:
    """Return what each item of a list is; {} where the part is none, or its places differ."""
    if part.schema.get("type") != "array" or "prefixItems" in part.schema:
        return {}
    schema, nullable = resolved(part.schema.get("items", {}), part.root)
    return {} if nullable else schema


def _list(part: Part) -> Slot:
    """Return a field for a list of plain values, one a line, or of choices; JSON for other lists.

    Whether a list may be empty is the type's to say: the browser insists only where one item has to be there.
    """
    items = _items(part)
    # An emptied list is an empty one, not the default, where there is a default that was shown.
    empty = [] if part.required or part.default is not LEFT_OUT else LEFT_OUT
    empty = None if part.nullable and part.default in (None, LEFT_OUT) else empty
    common = {**part.common, "required": part.common["required"] and part.schema.get("minItems", 0) > 0}
    if isinstance(items.get("enum"), list):
        return Slot(choices.several_of(items["enum"], common), empty)
    if items.get("type") in ("string", "integer", "number") and not _has_lines(common["initial"]):
        number = {"integer": int, "number": float}.get(items["type"])
        common["help_text"] = f"{common['help_text']} One per line.".strip()
        return Slot(Lines(number=number, **common), empty)
    return _json(part)


def _has_lines(initial: Any) -> bool:
    """Say whether the default holds a text that one line cannot show."""
    return any("\n" in str(item) or not str(item).strip() for item in initial or ())


def _reader(types: set[str]) -> Callable[[str], Any]:
    """Return how a text is read that may stand for one of these plain types: a number only where nothing is lost."""

    def read(text: str) -> Any:
        try:
            value = json.loads(text)
        except ValueError:
            return text
        if isinstance(value, bool):
            return value if "boolean" in types else text
        exact = isinstance(value, int) or (isinstance(value, float) and repr(value) == text.strip())
        return value if exact and types & {"integer", "number"} else text

    return read
