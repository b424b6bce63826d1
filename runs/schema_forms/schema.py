"""What a part of a JSON Schema asks for, looked up behind references and "or null". Pure."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

SCALARS = ("string", "integer", "number", "boolean")
_NO_SCHEMAS = ("default", "examples", "const", "enum", "required", "$defs", "$ref")


def resolved(schema: Any, root: Schema) -> tuple[Schema, bool]:
    """Follow references and look behind "or null"; return the schema that says what is asked, and whether null fits."""
    nullable = False
    followed: set[str] = set()
    while isinstance(schema, dict):
        around = {name: value for name, value in schema.items() if name not in ("$ref", "anyOf")}
        reference = schema.get("$ref", "")
        others = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
        if reference.startswith("#/$defs/") and reference not in followed:
            followed.add(reference)
            schema = {**root.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {}), **around}
        elif len(others) == 1 and len(schema["anyOf"]) == 2:
            nullable = True
            schema = {**others[0], **around}
        else:
            return schema, nullable or {"type": "null"} in schema.get("anyOf", ())
    return {}, nullable


_ACRONYMS = frozenset({"api", "csv", "html", "http", "id", "json", "pdf", "sql", "uri", "url", "xml"})


def label_of(name: str, schema: Schema) -> str:
    """Return what the part is called: its title where the author gave one, else its name in words.

    pydantic makes titles of names, "Max Pages" of `max_pages`; those are written as a sentence begins: "Max pages".
    """
    title = str(schema.get("title") or "")
    if title and title != name.replace("_", " ").title():
        return title
    words = " ".join(word.upper() if word in _ACRONYMS else word for word in name.replace("-", "_").split("_") if word)
    return words[:1].upper() + words[1:]


def holds_a_secret(schema: Any, root: Schema) -> bool:
    """Say whether a value of the part may hold what nobody is to see again."""
    followed: set[str] = set()
    left = [schema]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left += part
        elif isinstance(part, dict):
            if part.get("writeOnly") is True or part.get("format") == "password":
                return True
            # The values of `properties` and the like are dicts of schemas, which this walks as it does a schema.
            left += [value for key, value in part.items() if key not in _NO_SCHEMAS]
            reference = part.get("$ref")
            if isinstance(reference, str) and reference not in followed:
                followed.add(reference)
                left.append(root.get("$defs", {}).get(reference.removeprefix("#/$defs/")))
    return False


def is_group(schema: Schema) -> bool:
    """Say whether the part is an object of known parts and no others, which can have fields of their own."""
    return schema.get("type") == "object" and bool(schema.get("properties")) and not schema.get("additionalProperties")


def scalar_types(schema: Schema) -> set[str]:
    """Return the types of a union of plain values ("a number or a text"); none where it holds anything else."""
    types = [each.get("type") for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return set(types) if types and all(each in SCALARS for each in types) else set()
