"""What a run is started with: held against the workflow's input type, and nothing in it overlooked."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError


def parsed(wanted: type[BaseModel], data: dict[str, Any]) -> BaseModel:
    """Return the input as its type has it.

    Raises pydantic's ValidationError where it does not fit, and where it has a field that the type does not know: a
    name misspelt would otherwise be a default taken without a word. A model that says `extra` itself decides itself.
    """
    strange = [] if wanted.model_config.get("extra") else sorted(data.keys() - _names(wanted))
    if not strange:
        return wanted.model_validate(data)
    errors: list[InitErrorDetails] = [
        {"type": PydanticCustomError("extra_forbidden", "There is no such field"), "loc": (name,), "input": None}
        for name in strange
    ]
    raise ValidationError.from_exception_data(wanted.__name__, errors)


def _names(wanted: type[BaseModel]) -> set[str]:
    names: set[str] = set()
    for name, field in wanted.model_fields.items():
        names.add(name)
        for alias in (field.alias, field.validation_alias):
            if isinstance(alias, str):
                names.add(alias)
            elif alias is not None:
                paths = getattr(alias, "choices", [alias])
                names |= {path if isinstance(path, str) else str(path.path[0]) for path in paths}
    return names
