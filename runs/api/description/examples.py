"""Examples of values from their JSON Schema: the author's own where there are some, else made up."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_FORMATS = {
    "date-time": "2026-11-25T12:00:00Z",
    "date": "2026-11-25",
    "time": "12:00:00",
    "duration": "PT1H",
    "email": "you@example.org",
    "uri": "https://example.org/",
    "uuid": "019ac2f0-8f4b-7d31-9c5e-0a1b2c3d4e5f",
    "ipv4": "192.0.2.1",
    "password": "a secret",
}
_DEEPEST = 8


def example_of(schema: Schema) -> Any:
    """Return a value that fits the schema as far as its keywords can be followed by hand (not `pattern`)."""
    return _example(schema, schema.get("$defs", {}), 0)


def _example(schema: Schema, defs: dict[str, Schema], depth: int) -> Any:
    if schema.get("examples"):
        return schema["examples"][0]
    for known in ("default", "const"):
        if known in schema and schema[known] is not None:
            return schema[known]
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" in schema:
        return _example(defs.get(schema["$ref"].rpartition("/")[2], {}), defs, depth + 1)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _example(schema[choice][0], defs, depth)
    if depth > _DEEPEST:
        return None
    match schema.get("type"):
        case "object":
            return _object(schema, defs, depth)
        case "array":
            items = schema.get("prefixItems") or [schema.get("items", {})] * max(1, schema.get("minItems", 1))
            return [_example(item, defs, depth + 1) for item in items]
        case "string":
            return _text(schema)
        case "integer":
            return int(_number(schema))
        case "number":
            return _number(schema)
        case "boolean":
            return True
    return None


def _object(schema: Schema, defs: dict[str, Schema], depth: int) -> dict[str, Any]:
    """Return what has to be there, and what has an example of its own."""
    required = schema.get("required", [])
    return {
        name: _example(field, defs, depth + 1)
        for name, field in schema.get("properties", {}).items()
        if name in required or field.get("examples")
    }


def _text(schema: Schema) -> str:
    text = _FORMATS.get(schema.get("format", "")) or schema.get("title", "text").lower()
    return str(text).ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]


def _number(schema: Schema) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + 1
    if low is not None:
        return float(low)
    return float(1 if high is None else min(1, high))
