"""A request to a model that a person edited in a fork: whether it can be sent, and as which arguments.

The code that made the call goes on with the answer, so what decides the answer's type must stay as it was. What changed
is checked against the SDK's own parameter types. Importing this imports the SDK, which takes about a second.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from openai.resources.chat.completions import AsyncCompletions
from openai.resources.embeddings import AsyncEmbeddings
from openai.resources.responses import AsyncResponses
from openai.types import EmbeddingCreateParams
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter, ValidationError

from ..errors import UserError

# How a request is sent: no part of what is asked, and it may hold a key.
TRANSPORT_ARGUMENTS = frozenset({"extra_headers", "timeout"})
_FIXED = frozenset({"host", "stream", "stream_options", "encoding_format"})
_FIXED_WHERE_PARSED = _FIXED | {"response_format", "tools"}
_NEEDED = {"chat": "messages", "chat parse": "messages", "response": "input", "embed": "input"}
_METHODS: dict[str, tuple[Callable[..., Any], Any]] = {
    "chat": (AsyncCompletions.create, CompletionCreateParamsNonStreaming),
    "chat parse": (AsyncCompletions.parse, CompletionCreateParamsNonStreaming),
    "response": (AsyncResponses.create, ResponseCreateParamsNonStreaming),
    "embed": (AsyncEmbeddings.create, EmbeddingCreateParams),
}


def check_request(call: str, recorded: Mapping[str, Any], given: object) -> None:
    """Raise UserError, with a sentence, where `given` cannot be sent in the place of the `recorded` request.

    `call` is the kind of call (`StepRecord.call`); both requests are JSON in the form of the step's input.
    """
    if call not in _METHODS:
        raise UserError(f"The request of a call of the kind “{call}” cannot be edited. Fork at the step around it.")
    if not isinstance(given, Mapping):
        raise UserError("A request to a model has to be a JSON object, as the step's input is.")
    method, _ = _METHODS[call]
    for name in _FIXED_WHERE_PARSED if call == "chat parse" else _FIXED:
        if recorded.get(name) != given.get(name) or (name in recorded) != (name in given):
            raise UserError(
                f"This request cannot be sent: “{name}” has to stay as it was recorded, since the code that made "
                "this call waits for that kind of answer from that server."
            )
    for name in ("model", _NEEDED[call]):
        if not given.get(name):
            raise UserError(f"This request cannot be sent: it has no “{name}”.")
    changed = {name: value for name, value in given.items() if name not in recorded or recorded[name] != value}
    takes = inspect.signature(method).parameters.keys() - TRANSPORT_ARGUMENTS
    for name in changed:
        if name not in takes:
            raise UserError(f"This request cannot be sent: the model's API takes no “{name}” here.")
    _check_types(call, dict(given), changed)


def arguments_of(recorded: Mapping[str, Any], given: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the call's arguments for a checked request; an unchanged one stays the very object that it was."""
    kept = {name: value for name, value in arguments.items() if name in TRANSPORT_ARGUMENTS}
    for name, value in given.items():
        if name in arguments and recorded.get(name) == value:
            kept[name] = arguments[name]
        elif name != "host":
            kept[name] = value
    return kept


def _check_types(call: str, given: dict[str, Any], changed: Mapping[str, Any]) -> None:
    needed = given[_NEEDED[call]]
    if not isinstance(needed, list) and (_NEEDED[call] == "messages" or not isinstance(needed, str)):
        raise UserError(
            f"This request cannot be sent: “{_NEEDED[call]}” is not of the form that the model's API takes."
        )
    wrong = _misfits(call, given, changed)
    found = [each for name, each in wrong if name in changed]
    if found:
        name = next(name for name, _ in wrong if name in changed)
        # A union has an error for each of its members, which would only confuse.
        why = f": {found[0]['msg']}" if len(found) == 1 else ""
        raise UserError(f"This request cannot be sent: “{name}” is not of the form that the model's API takes{why}.")


def _misfits(call: str, given: dict[str, Any], changed: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return pydantic's errors, each with the argument that it is about."""
    wrong: list[tuple[str, Any]] = []
    parsed: Mapping[str, Any] = {}
    try:
        parsed = _adapter(call).validate_python(given, strict=True)
    except ValidationError as error:
        wrong = [(str(each["loc"][0]), each) for each in error.errors(include_input=False) if each["loc"]]
    for name in changed:
        try:
            if isinstance(given[name], list) and name in parsed:
                list(parsed[name])  # pydantic validates an Iterable only when it is iterated
        except ValidationError as error:
            wrong += [(name, each) for each in error.errors(include_input=False)]
    return wrong


@cache
def _adapter(call: str) -> TypeAdapter[Any]:
    return TypeAdapter(_METHODS[call][1])
