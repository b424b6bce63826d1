"""JSON that a person typed: read with a sentence for what is wrong with it, and as a field of a form."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from genisys import UserError


def parsed(text: str, what: str = "This") -> Any:
    """Read JSON (RFC 8259). Raises UserError that names `what`, line and column."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise UserError(f"{what} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    except ValueError as error:
        raise UserError(f"{what} is not JSON: {error}.") from error
    except RecursionError as error:
        raise UserError(f"{what} is nested too deeply.") from error


def _no_constant(name: str) -> None:
    # Python reads and writes these, JSON has no such numbers.
    raise ValueError(f"{name} is no number of JSON")


def written(value: Any) -> str:
    """Write JSON for people to read and change."""
    return json.dumps(value, indent=2, ensure_ascii=False)


class JsonField(forms.CharField):
    """A field in which JSON is typed. Its cleaned value is what the text stands for, None where it was left empty."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "code"})
    empty_values = [None, ""]

    def prepare_value(self, value: Any) -> Any:
        """Show a value as its JSON; what was typed is shown as it is."""
        return value if value is None or isinstance(value, str) else written(value)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parsed(text)
        except UserError as error:
            raise forms.ValidationError(error.message) from error
