"""Fields with choices: one of a few, one of many, several, yes or no. Choices travel as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django import forms

FEW = 4
MOST_BOXES = 12


def key(value: Any) -> str:
    return json.dumps(value)


def one_of(choices: Iterable[tuple[str, str]], common: dict[str, Any], *, none: str = "No answer") -> forms.Field:
    """Return a field for one of the choices, pairs of JSON and words. `none` names the choice of none of them."""
    choices = list(choices)
    few = len(choices) <= FEW
    initial = common["initial"]
    if not common["required"] and (initial is None or not few):
        choices.insert(0, ("", none))
    return forms.TypedChoiceField(
        choices=choices,
        coerce=json.loads,
        empty_value=None,
        widget=forms.RadioSelect if few else forms.Select,
        **{**common, "initial": "" if initial is None else key(initial)},
    )


def of_values(values: Iterable[Any], common: dict[str, Any], *, none: str = "No answer") -> forms.Field:
    """Return a field for one of the values, shown as they are."""
    return one_of([(key(value), str(value)) for value in values if value is not None], common, none=none)


def several_of(values: Iterable[Any], common: dict[str, Any]) -> forms.Field:
    """Return a field for any number of the values."""
    choices = [(key(value), str(value)) for value in values]
    boxes = len(choices) <= MOST_BOXES
    return forms.TypedMultipleChoiceField(
        choices=choices,
        coerce=json.loads,
        empty_value=[],
        widget=forms.CheckboxSelectMultiple if boxes else forms.SelectMultiple,
        **{**common, "initial": [key(value) for value in common["initial"] or ()]},
    )


def yes_or_no(common: dict[str, Any], *, none: str = "No answer") -> forms.Field:
    """Return a field for a truth value that has to be chosen, or may be left open."""
    return one_of([("true", "Yes"), ("false", "No")], common, none=none)
