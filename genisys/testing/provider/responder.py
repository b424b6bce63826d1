"""Answers made from the request's own text, so that a whole workflow can run on them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .prompts import prompt_text

Responder = Callable[[dict[str, Any]], str]

_NUMBERED = re.compile(r"^[^\S\n]*\[(\d+)\]\s*(.+?)(?=\n\s*\[\d+\]|\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def grounded_responder(body: dict[str, Any]) -> str:
    """Return an answer from the request's own text, or data that fits its JSON schema where it has one.

    The text is sentences of the request's numbered sources with their numbers, or of its longest paragraph.
    """
    text = prompt_text(body)
    schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
    if schema is not None:
        return json.dumps(fill_schema(schema, text), ensure_ascii=False)
    sources = _NUMBERED.findall(text)
    if sources:
        said = [f"{sentence} [{number}]" for number, source in sources for sentence in _sentences(source)[:3]]
        return " ".join(said)
    return " ".join(_sentences(max(text.split("\n\n"), key=len))[:3])


def _sentences(text: str) -> list[str]:
    flat = " ".join(text.split())
    return [sentence for sentence in _SENTENCE.split(flat) if len(sentence.split()) >= 4] or [flat[:200]]


def fill_schema(schema: dict[str, Any], text: str, root: dict[str, Any] | None = None, salt: int = 0) -> Any:
    """Return a value that fits the JSON schema, its strings taken from `text`."""
    root = root or schema
    if "$ref" in schema:
        return fill_schema(_referred(schema["$ref"], root), text, root, salt)
    if "enum" in schema:
        return schema["enum"][salt % len(schema["enum"])]
    if "const" in schema:
        return schema["const"]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return fill_schema(schema[choice][0], text, root, salt)
    return _of_type(schema, text, root, salt)


def _referred(reference: str, root: dict[str, Any]) -> Any:
    target: Any = root
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return target


def _of_type(schema: dict[str, Any], text: str, root: dict[str, Any], salt: int) -> Any:
    kind = schema.get("type")
    if kind == "object":
        names = schema.get("properties", {})
        return {name: fill_schema(part, text, root, salt + place) for place, (name, part) in enumerate(names.items())}
    if kind == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", 99)
        count = min(most, max(least, 3))
        return [fill_schema(schema.get("items", {}), text, root, salt + place) for place in range(count)]
    if kind in ("integer", "number"):
        lowest = schema.get("minimum", 0)
        return min(lowest + salt, schema.get("maximum", lowest + salt))
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    sentences = _sentences(max(text.split("\n\n"), key=len))
    return sentences[salt % len(sentences)][: schema.get("maxLength", 200)]
