"""The form for all of a schema: fields by their places in the data, nested objects as groups of fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from pydantic import ValidationError

from runs.schema_forms.schema import Schema, is_group, label_of, resolved
from runs.schema_forms.slots import LEFT_OUT, Part, Slot, part_of, slot_of

Place = tuple[str, ...]

DEEPEST_GROUP = 2
"""Groups within groups beyond this are given as JSON."""

THE_WHOLE: Place = ()
HIDDEN = "This does not fit what is asked for."
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]")
_PREFIXES = ("Value error, ", "Assertion failed, ")


@dataclass(slots=True)
class Group:
    """An object with fields of its own. One that is not `needed` may be left as it is, and is then not in the data."""

    place: Place
    label: str
    about: str
    needed: bool
    nullable: bool = False
    parts: list[Group | Place] = field(default_factory=list)


class SchemaForm(forms.Form):
    """`data` is the JSON data that was filled in, and `value` what `read` made of it, once the form is valid.

    `read` raises pydantic's ValidationError where the data does not fit; what it says is shown beside its field.
    """

    def __init__(
        self,
        schema: Schema,
        read: Callable[[dict[str, Any]], Any],
        data: Any = None,
        files: Any = None,
        *,
        given: Mapping[str, Any] | None = None,
        prefix: str = "input",
    ) -> None:
        """`given` are values to begin with, in place of the schema's defaults."""
        super().__init__(data, files, prefix=prefix)
        self.schema, self._read = schema, read
        self.slots: dict[Place, Slot] = {}
        self.top = Group(THE_WHOLE, "", "", needed=True)
        whole, _ = resolved(schema, schema)
        if is_group(whole):
            self._grow(self.top, whole, dict(given or {}), asked=True)
        elif whole.get("properties") or whole.get("type") != "object" or whole.get("additionalProperties"):
            self._add(self.top, (), part_of("Input", {**schema, "title": "Input"}, schema, required=True))
        self.input: dict[str, Any] = {}
        self.value: Any = None

    def _grow(self, group: Group, schema: Schema, given: Mapping[str, Any], *, asked: bool) -> None:
        required = schema.get("required", ())
        for name, about in schema["properties"].items():
            default = given.get(name, LEFT_OUT)
            part = part_of(name, about, self.schema, required=name in required, asked=asked, default=default)
            place = (*group.place, name)
            if is_group(part.schema) and len(place) <= DEEPEST_GROUP:
                self._group(group, place, part)
            else:
                self._add(group, place, part)

    def _group(self, around: Group, place: Place, part: Part) -> None:
        needed = part.required and not part.nullable
        about = str(part.schema.get("description", ""))
        label = label_of(part.name, {} if part.schema.get("title", "").isidentifier() else part.schema)
        group = Group(place, label, about, needed, part.nullable and part.required)
        around.parts.append(group)
        given = part.default if isinstance(part.default, dict) else {}
        self._grow(group, part.schema, given, asked=part.asked and needed)

    def _add(self, group: Group, place: Place, part: Part) -> None:
        group.parts.append(place)
        self.slots[place] = slot_of(part)
        self.fields[name_of(place)] = self.slots[place].field

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        found = self._collected(self.top)
        if not isinstance(found, dict):
            self.add_error(name_of(THE_WHOLE), "Give an object: { … }.")
            return cleaned
        self.input = found
        try:
            self.value = self._read(found)
        except ValidationError as error:
            for wrong in error.errors(include_url=False, include_input=False):
                self.add_error(*self._said(wrong["loc"], wrong["msg"]))
        return cleaned

    def _collected(self, group: Group) -> Any:
        if group.parts == [THE_WHOLE]:
            return self._filled_in(THE_WHOLE)
        if not group.needed and not self._changed(group):
            return None if group.nullable else LEFT_OUT
        values = {}
        for part in group.parts:
            place = part.place if isinstance(part, Group) else part
            value = self._collected(part) if isinstance(part, Group) else self._filled_in(part)
            if value is not LEFT_OUT:
                values[place[-1]] = value
        return values

    def _filled_in(self, place: Place) -> Any:
        return self.slots[place].value(self.cleaned_data[name_of(place)])

    def _changed(self, group: Group) -> bool:
        return any(
            self._changed(part) if isinstance(part, Group) else name_of(part) in self.changed_data
            for part in group.parts
        )

    def _said(self, loc: Iterable[Any], message: str) -> tuple[str | None, str]:
        """Return the field that an error belongs to, if it has one, and the words, in which no secret stands."""
        path = list(loc)
        known = [n for n in range(len(path), -1, -1) if tuple(path[:n]) in self.slots]
        place = tuple(path[: known[0]]) if known else None
        rest = path[len(place or ()) :]
        if place is not None and self.slots[place].secret:
            return name_of(place), HIDDEN
        if any(secret in message for secret in self._secrets()):
            message = HIDDEN
        return (None if place is None else name_of(place)), f"{self._where(place, rest)}{_in_words(message)}"

    def _where(self, place: Place | None, rest: list[Any]) -> str:
        if not rest:
            return ""
        if place is not None and len(rest) == 1 and isinstance(rest[0], int):
            return f"Item {rest[0] + 1}: "
        return f"At {'.'.join(map(str, rest))}: "

    def _secrets(self) -> Iterator[str]:
        for place, slot in self.slots.items():
            if slot.secret and isinstance(typed := self.cleaned_data.get(name_of(place)), str) and typed:
                yield typed

    @property
    def asks_again(self) -> bool:
        """Say whether what does not come back to the page has to be given once more: secrets and files."""
        return any(slot.secret or isinstance(slot.field, forms.FileField) for slot in self.slots.values())

    def laid_out(self) -> Iterator[dict[str, Any]]:
        """Yield what stands on the page, in order: `field`, or `group` with its own `inside`."""
        yield from self._laid_out(self.top)

    def _laid_out(self, group: Group) -> Iterator[dict[str, Any]]:
        for part in group.parts:
            if isinstance(part, Group):
                yield {"group": part, "inside": list(self._laid_out(part))}
            else:
                yield {"field": self[name_of(part)]}


def name_of(place: Place) -> str:
    """Return the name of a place's field, fit for an HTML id: `address.city`."""
    return ".".join(_NOT_IN_A_NAME.sub(_escaped, part) for part in place) or "~"


def _escaped(found: re.Match[str]) -> str:
    return f"~{ord(found[0]):x}~"


def _in_words(message: str) -> str:
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    message = "This is needed" if message == "Field required" else message
    message = message.replace("Input should", "This should", 1) if message.startswith("Input should") else message
    return message if message.endswith((".", "!", "?")) else f"{message}."
