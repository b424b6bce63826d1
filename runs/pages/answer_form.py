"""The form in which a question is answered, made from its JSON Schema, and the JSON value that was filled in.

Texts, numbers, yes or no, choices, and objects of these have fields of their own; in place of anything else, JSON is
typed. What a field cannot check, the schema does: the value is validated against it, and errors stand at their fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import escape

from genisys.host import misfits
from runs.rules.json_text import JsonField
from runs.schema_forms import choices
from runs.schema_forms.schema import Schema, resolved

if TYPE_CHECKING:
    from jsonschema import ValidationError as Misfit

THE_ANSWER = "value"
SHORT_TEXT = 200
MOST_ROWS, ROW_CHARS = 20, 56
_LEFT_OUT: Any = object()
_HIDDEN = "This does not fit what was asked."
_INPUTS = {"email": forms.EmailInput, "uri": forms.URLInput, "date": forms.DateInput, "time": forms.TimeInput}
_TYPES = {"date": "date", "time": "time"}


@dataclass(frozen=True, slots=True)
class _Part:
    """A field, and the value that it stands for when it is left empty: _LEFT_OUT where that is none."""

    field: forms.Field
    empty: Any


class AnswerForm(forms.Form):
    """`answer` is the value, once the form is valid."""

    rearranging = False

    def __init__(self, schema: Schema, data: Any = None, *, auto_id: str = "id_%s") -> None:
        super().__init__(data, prefix="answer", auto_id=auto_id)
        self._schema = schema
        self._whole, self._parts = _parts_of(schema)
        self.fields.update({name: part.field for name, part in self._parts.items()})
        self.answer: Any = None

    @property
    def typed(self) -> str:
        """Return what was typed as text, but for secrets."""
        shown = [self[name] for name, field in self.fields.items() if not isinstance(field.widget, forms.PasswordInput)]
        given = [(field.label, field.value()) for field in shown]
        return "\n".join(f"{label}: {value}" for label, value in given if value not in (None, ""))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        values = {name: _value(cleaned[name], part) for name, part in self._parts.items()}
        given = {name: value for name, value in values.items() if value is not _LEFT_OUT}
        self.answer = given.get(THE_ANSWER) if self._whole else given
        for misfit in misfits(self.answer, self._schema):
            self.add_error(*self._described(misfit))
        return cleaned

    def _described(self, misfit: Misfit) -> tuple[str | None, str]:
        """Return the field that the error belongs to, if it has one, and the words."""
        path = [str(part) for part in misfit.absolute_path]
        name = THE_ANSWER if self._whole else path.pop(0) if path and path[0] in self.fields else None
        if name is not None and isinstance(self.fields[name].widget, forms.PasswordInput):
            return name, _HIDDEN
        where = f"At {'.'.join(path)}: " if path else ""
        return name, f"{where}{misfit.message}."


def _parts_of(schema: Schema) -> tuple[bool, dict[str, _Part]]:
    """Return the fields by name, and whether the one there is stands for the whole answer."""
    whole, _ = resolved(schema, schema)
    properties = whole.get("properties")
    if whole.get("type") != "object" or not properties or whole.get("additionalProperties"):
        return True, {THE_ANSWER: _part("Your answer", schema, schema, required=True)}
    required = whole.get("required", ())
    return False, {
        name: _part(name.replace("_", " ").capitalize(), part, schema, required=name in required)
        for name, part in properties.items()
    }


def _part(label: str, given: Any, root: Schema, *, required: bool) -> _Part:
    schema, nullable = resolved(given, root)
    common: dict[str, Any] = {
        "label": schema.get("title") or label,
        "help_text": escape(schema.get("description", "")),  # templates take a field's help for HTML
        "initial": schema.get("default"),
    }
    if root is given:
        common |= {"label": label, "help_text": ""}
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    nullable = nullable or None in values
    common["required"] = required and not nullable
    empty = None if nullable and required else _LEFT_OUT
    kind = schema.get("type")
    if values:
        field: forms.Field = choices.of_values(values, common)
    elif kind == "boolean":
        field = choices.yes_or_no(common)
    elif kind == "integer":
        field = forms.IntegerField(min_value=schema.get("minimum"), max_value=schema.get("maximum"), **common)
    elif kind == "number":
        field = forms.FloatField(min_value=schema.get("minimum"), max_value=schema.get("maximum"), **common)
    elif kind == "string":
        field = _text(schema, common, large=root is given)
        if not nullable and not any(schema.get(name) for name in ("minLength", "pattern", "format")):
            empty = ""
    else:
        field = JsonField(**{**common, "help_text": f"{common['help_text']} To be given as JSON.".strip()})
    return _Part(field, empty)


def _text(schema: Schema, common: dict[str, Any], *, large: bool) -> forms.Field:
    format, longest = schema.get("format", ""), schema.get("maxLength")
    common = {**common, "min_length": schema.get("minLength"), "max_length": longest}
    if format == "password":
        attrs = {"autocomplete": "off"}
        return forms.CharField(strip=False, widget=forms.PasswordInput(attrs), **{**common, "initial": None})
    if format in _INPUTS:
        attrs = {"type": _TYPES[format]} if format in _TYPES else {}
        return forms.CharField(widget=_INPUTS[format](attrs), **common)
    if longest > SHORT_TEXT if longest else large:
        return forms.CharField(widget=forms.Textarea({"rows": _rows(str(common["initial"] or ""))}), **common)
    return forms.CharField(**common)


def _rows(text: str) -> int:
    """Return how many rows a field has that begins with this text: all of it is seen, long lines broken."""
    return min(MOST_ROWS, max(3, sum(1 + len(line) // ROW_CHARS for line in text.splitlines()) + 1))


def _value(cleaned: Any, part: _Part) -> Any:
    if cleaned is None or cleaned == "":
        return part.empty
    # A browser sends the lines of a text as forms have it; JSON's own are "\n".
    return cleaned.replace("\r\n", "\n") if isinstance(cleaned, str) else cleaned
