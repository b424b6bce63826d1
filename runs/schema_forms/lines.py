"""Texts that must not come back to the page, lists typed one item a line, and files."""

from __future__ import annotations

import base64
import json
from typing import Any

from django import forms

from runs.rules.json_text import JsonField


class Unechoed(forms.Textarea):
    """A box for secrets in many lines or in JSON: what was typed is never sent back."""

    def format_value(self, value: Any) -> str:
        return ""


class UnechoedJson(JsonField):
    """JSON that holds secrets. What is wrong with it is said without any of it."""

    widget = Unechoed(attrs={"rows": 4, "spellcheck": "false", "class": "code", "autocomplete": "off"})


class Lines(forms.CharField):
    """A list, one item a line; lines without text are none. `number` reads numbers, whole ones with `int`."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, *, number: type[int] | type[float] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._number = number

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != list(initial or ()))
        except forms.ValidationError:
            return True

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(super().to_python(value) or "").splitlines()]
        kept = [line for line in lines if line]
        return kept if self._number is None else [_number(line, self._number) for line in kept]


class File(forms.FileField):
    """A file that is a part of the input. Its value is the content: as bytes, as text, or as text in base64."""

    widget = forms.FileInput

    def __init__(self, *, form: str, **options: Any) -> None:
        super().__init__(allow_empty_file=True, **options)
        self._form = form

    def clean(self, data: Any, initial: Any = None) -> Any:
        found = super().clean(data, initial)
        if not found:
            return None
        content: bytes = found.read()
        if self._form == "bytes":
            return content
        if self._form == "base64":
            return base64.b64encode(content).decode()
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise forms.ValidationError("This file is not text in UTF-8, which is what is asked for.") from None


def _number(line: str, number: type[int] | type[float]) -> int | float:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if isinstance(value, bool) or not isinstance(value, int if number is int else int | float):
        what = "a whole number" if number is int else "a number"
        raise forms.ValidationError(f"“{line[:40]}” is not {what}.")
    return value
