"""The JSON Schema of any model, where what has none is described as anything; and how a value misses a schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import DEFAULT_REF_TEMPLATE, GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ..data.strict_json import mended
from .lazy import LazyModule
from .logs import Logger
from .secret_types import Holds, holds

if TYPE_CHECKING:
    import jsonschema
else:
    jsonschema = LazyModule("jsonschema")  # few processes ever check a value, and it takes long to import

_SCALARS = ("string", "integer", "number", "boolean")

log = Logger("genisys.schema")


class _OfAnything(GenerateJsonSchema):
    """Leaves out what a schema cannot express, a field's type or its default, and describes the rest."""

    ignored_warning_kinds = GenerateJsonSchema.ignored_warning_kinds | {"non-serializable-default"}

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        return {}

    def json_or_python_schema(self, schema: core_schema.JsonOrPythonSchema) -> JsonSchemaValue:
        made = super().json_or_python_schema(schema)
        # pydantic marks SecretStr and SecretBytes so, but not `Secret[...]`, which is described as what it holds.
        hidden = holds(schema) is Holds.MARKED and made.get("type") in _SCALARS
        return {**made, "format": "password", "writeOnly": True} if hidden else made

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        try:
            return super().default_schema(schema)
        except (Exception, SystemExit):  # Raised by a serializer or a default factory.
            return self.generate_inner(schema["schema"])


def schema_of(
    model: type[BaseModel],
    mode: Literal["validation", "serialization"] = "validation",
    *,
    ref_template: str = DEFAULT_REF_TEMPLATE,
) -> dict[str, Any]:
    """Return the model's JSON Schema (draft 2020-12), strict JSON. Never raises: a model without one is any object."""
    try:
        schema = model.model_json_schema(mode=mode, ref_template=ref_template, schema_generator=_OfAnything)
        made: dict[str, Any] = mended(schema)  # A default may be infinite.
        return made
    except (Exception, SystemExit) as error:
        log.warning("schema.missing", model=model.__qualname__, error=f"{type(error).__name__}: {error}"[:500])
        return {"type": "object", "title": model.__name__}


def misfits(value: Any, schema: dict[str, Any]) -> Iterator[jsonschema.ValidationError]:
    """Yield where the value does not fit the schema (draft 2020-12), as jsonschema says it."""
    return jsonschema.Draft202012Validator(schema).iter_errors(value)
