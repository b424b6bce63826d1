"""The kinds of answers that are recorded as the SDK's own objects: how each is read, judged and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openai import BaseModel as SDKModel
from openai._models import construct_type
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

from ..data.strict_json import mended
from ..providers.error_words import Said, failure_in, said_in


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of answer: how to read it back from the journal, what makes it usable, how to write it down."""

    load: Callable[[dict[str, Any]], Any]
    usable: Callable[[Any], bool]
    dump: Callable[[SDKModel], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StreamShape:
    """One kind of stream.

    `ends` is true for the item that makes the answer whole; `failed` returns what the server says in an item that
    reports a failure; `bill` returns the part of an item that may hold the usage.
    """

    load: Callable[[dict[str, Any]], Any]
    ends: Callable[[Any], bool]
    failed: Callable[[Any], Said | None]
    bill: Callable[[Any], Any]


def dump(reply: SDKModel) -> dict[str, Any]:
    # A server may send what strict JSON cannot hold: half a character, a logprob of -Infinity.
    data: dict[str, Any] = mended(reply.model_dump(exclude_unset=True, warnings=False))
    return data


def without_parsed(reply: SDKModel) -> dict[str, Any]:
    # The SDK parses the recorded text again on replay, which gives the objects their own type again.
    data = dump(ChatCompletion.construct(**reply.model_dump(exclude_unset=True, warnings=False)))
    for choice in data["choices"]:
        choice["message"].pop("parsed", None)
        for tool_call in choice["message"].get("tool_calls") or ():
            (tool_call.get("function") or {}).pop("parsed_arguments", None)
    return data


def has_message(reply: Any) -> bool:
    choices = _listed(reply, "choices")
    return bool(choices) and all(getattr(choice, "message", None) is not None for choice in choices)


def _listed(reply: Any, name: str) -> list[Any]:
    """Return a list of the answer; empty where the server put something else there."""
    given = getattr(reply, name, None)
    return given if isinstance(given, list) else []


def failure_of(reply: SDKModel) -> Said | None:
    """Return what a reply without an answer says of a failure; None where it says nothing."""
    return failure_in(reply.model_dump(exclude_unset=True, exclude_none=True, warnings=False))


def _failed_chunk(chunk: Any) -> Said | None:
    # Some servers send a failure as an event of its own, without the list that every chunk has.
    return None if isinstance(chunk.choices, list) else failure_of(chunk)


def _failed_event(event: Any) -> Said | None:
    if event.type not in ("response.failed", "error"):
        return None if event.type else failure_of(event)
    return said_in(event.model_dump(exclude_unset=True, exclude_none=True, warnings=False))


CHAT = Shape(lambda data: ChatCompletion.construct(**data), has_message, dump)

RESPONSE = Shape(lambda data: Response.construct(**data), lambda reply: bool(_listed(reply, "output")), dump)

EMBEDDINGS = Shape(
    lambda data: CreateEmbeddingResponse.construct(**data), lambda reply: bool(_listed(reply, "data")), dump
)

CHAT_STREAM = StreamShape(
    load=lambda data: ChatCompletionChunk.construct(**data),
    ends=lambda chunk: any(choice.finish_reason for choice in chunk.choices or ()),
    failed=_failed_chunk,
    bill=lambda chunk: chunk,
)

RESPONSE_STREAM = StreamShape(
    load=lambda data: construct_type(type_=ResponseStreamEvent, value=data),
    ends=lambda event: event.type in ("response.completed", "response.incomplete"),
    failed=_failed_event,
    bill=lambda event: getattr(event, "response", None),
)
