"""The OpenAPI description as a page reads it: operations in groups, their fields in words, shapes that fields lead to.

Pure: the same description gives the same. HEAD, which answers as GET does without a body, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from runs.presentation import markdown

Described = Mapping[str, Any]

_SHOWN = ("get", "post", "put", "delete")
_PLACES = {"path": "in the address", "query": "in the query", "header": "header"}
_LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxItems": "at most {} items",
}
_PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what a field may be: words, or the name of a shape."""

    text: str = ""
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or of a shape."""

    name: str
    kind: list[Piece]
    needed: bool
    about: SafeString
    limits: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a body or an answer holds in one media type: fields where it is an object of its own, else its kind."""

    media: str
    kind: list[Piece]
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is not a refusal."""

    status: str
    word: str
    contents: list[Content]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `refusals` are statuses with a problem as their body."""

    id: str
    method: str
    path: str
    title: str
    about: SafeString
    fields: list[Field]
    body: list[Content]
    answers: list[Answer]
    refusals: list[str]
    samples: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object that fields lead to by its name."""

    name: str
    about: SafeString
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Group:
    """Operations of one kind of thing, and a sentence or more about it."""

    name: str
    about: SafeString
    operations: list[Operation]


def groups_of(described: Described) -> list[Group]:
    """Return the operations, grouped by their first tag, in the order of the description."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if method in _SHOWN:
                groups.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    about = {tag["name"]: tag.get("description", "") for tag in described.get("tags", [])}
    return [Group(name, markdown.render(about.get(name, "")), operations) for name, operations in groups.items()]


def shapes_of(described: Described) -> list[Shape]:
    """Return the shapes that have fields, by name."""
    schemas = described["components"]["schemas"]
    shapes = [
        Shape(name, markdown.render(schema.get("description", "")), _fields(schema))
        for name, schema in sorted(schemas.items())
    ]
    return [shape for shape in shapes if shape.fields]


def _as_a_sentence(title: str) -> str:
    """Write "List Runs", which is made of a function's name, as a sentence begins; a workflow's own name stays."""
    first, *rest = title.split(" ")
    return " ".join([first, *(word.lower() if word.istitle() else word for word in rest)])


def _operation(path: str, method: str, operation: Described) -> Operation:
    responses = operation["responses"]
    refusals = [status for status, response in responses.items() if _PROBLEM in response.get("content", {})]
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        title=_as_a_sentence(operation.get("summary", "")),
        about=markdown.render(operation.get("description", "")),
        fields=[_parameter(each) for each in operation.get("parameters", [])],
        body=_contents(operation.get("requestBody", {})),
        answers=[
            Answer(status, response.get("description", ""), _contents(response))
            for status, response in responses.items()
            if status not in refusals
        ],
        refusals=refusals,
        samples=operation.get("x-codeSamples", []),
    )


def _parameter(parameter: Described) -> Field:
    schema = parameter["schema"]
    return Field(
        name=parameter["name"],
        kind=list(_kind(schema)),
        needed=parameter.get("required", False),
        about=markdown.render(parameter.get("description", "")),
        limits=_limits(schema),
        place=_PLACES[parameter["in"]],
    )


def _contents(holder: Described) -> list[Content]:
    return [
        Content(media, list(_kind(content.get("schema", {}))), _fields(content.get("schema", {})))
        for media, content in holder.get("content", {}).items()
    ]


def _fields(schema: Described) -> list[Field]:
    """Return the fields of an object that is written out; of several that are joined, those of each."""
    needed = schema.get("required", [])
    own = [
        Field(name, list(_kind(each)), name in needed, markdown.render(each.get("description", "")), _limits(each))
        for name, each in schema.get("properties", {}).items()
    ]
    return own + [field for part in schema.get("allOf", []) for field in _fields(part)]


def _kind(schema: Described) -> Iterator[Piece]:
    """Yield what a value may be."""
    if "$ref" in schema:
        yield Piece(shape=schema["$ref"].rpartition("/")[2])
    elif joined := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        for at, part in enumerate(joined):
            if at:
                yield Piece(" and " if "allOf" in schema else " or ")
            yield from _kind(part)
    elif "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        yield Piece("one of " if len(values) > 1 else "")
        yield Piece(", ".join(f"“{value}”" if isinstance(value, str) else str(value) for value in values))
    elif schema.get("type") == "array":
        yield Piece("list of ")
        yield from _kind(schema.get("items", {}))
    elif isinstance(schema.get("additionalProperties"), dict):
        yield Piece("object of ")
        yield from _kind(schema["additionalProperties"])
    else:
        yield Piece(str(schema.get("format") or schema.get("type") or "any value"))


def _limits(schema: Described) -> str:
    said = [words.format(f"{schema[key]:,}") for key, words in _LIMITS.items() if key in schema]
    if schema.get("default") not in (None, "", [], {}):
        said.append(f"{schema['default']} unless given")
    return ", ".join(said)
