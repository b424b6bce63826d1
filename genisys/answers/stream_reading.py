"""What a provider's stream carries and the SDK does not pass on: its `[DONE]`, and halves of characters.

A server that cuts its text by UTF-16 units writes the two halves of one character into two events, as JSON escapes.
They are joined before the events are decoded any further, so that text, record and page have the character.

A body that is JSON and no stream, whatever its content type, is an answer that came whole, or a failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from openai import AsyncStream
from openai._streaming import ServerSentEvent

from ..data.strict_json import text
from ..providers.error_words import said_in
from ..providers.provider_error import Refused
from .exchange import json_of
from .unstreamed import events_of_whole

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class Heard:
    """Listens to a stream that has not been read yet. `done` is True once the server has sent `[DONE]`.

    The stream raises Refused where the server sends one JSON value that is an error message and no answer.
    """

    def __init__(self, stream: AsyncStream[Any]) -> None:
        self.done = False
        # The SDK has no hook between the bytes and its own objects.
        stream._iter_events = lambda: self._passed(_events(stream))  # type: ignore[method-assign]

    async def _passed(self, events: AsyncIterator[ServerSentEvent]) -> AsyncIterator[ServerSentEvent]:
        held: tuple[ServerSentEvent, Any] | None = None
        async for event in events:
            self.done = self.done or event.data.startswith("[DONE]")
            data = json_of(event.data) if held is not None or _HALF.search(event.data) else None
            if held is not None:
                _join(held[1], data)
                yield _written(*held)
                held = None
            if data is None:
                yield event
            elif _ends_in_half(data):
                held = event, data
            else:
                yield _written(event, data)
        if held is not None:
            yield _written(*held)


async def _events(stream: AsyncStream[Any]) -> AsyncIterator[ServerSentEvent]:
    parts = stream.response.aiter_bytes()
    begun = b""
    while not begun.strip() and (part := await anext(parts, None)) is not None:
        begun += part
    if begun.lstrip().startswith((b"{", b"[")):  # No stream of events begins with one of these.
        for event in _of_one_value(begun + b"".join([part async for part in parts])):
            yield event
        return

    async def whole() -> AsyncIterator[bytes]:
        yield begun
        async for part in parts:
            yield part

    async for event in stream._decoder.aiter_bytes(whole()):
        yield event


def _of_one_value(body: bytes) -> Iterator[ServerSentEvent]:
    events = events_of_whole(json_of(body.decode(errors="replace")))
    if not events and (said := said_in(body)).words:
        raise Refused(said)
    for event in events:
        yield ServerSentEvent(event=event.get("type"), data=json.dumps(event))


def _written(event: ServerSentEvent, data: Any) -> ServerSentEvent:
    return ServerSentEvent(event=event.event, data=json.dumps(_whole(data)), id=event.id, retry=event.retry)


def _whole(data: Any) -> Any:
    if isinstance(data, str):
        return text(data)
    if isinstance(data, dict):
        return {text(name): _whole(value) for name, value in data.items()}
    return [_whole(value) for value in data] if isinstance(data, list) else data


def _ends_in_half(data: Any) -> bool:
    if isinstance(data, str):
        return data[-1:] >= "\ud800" and data[-1:] <= "\udbff"
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return any(_ends_in_half(value) for value in inside)


def _join(first: Any, second: Any) -> None:
    """Move each first half at the end of a text in `first` to the text at the same place in `second` that goes on."""
    if isinstance(first, dict) and isinstance(second, dict):
        if first.get("index") == second.get("index"):
            for name in first.keys() & second.keys():
                _join_at(first, second, name)
    elif isinstance(first, list) and isinstance(second, list):
        for place in range(min(len(first), len(second))):
            _join_at(first, second, place)


def _join_at(first: Any, second: Any, place: Any) -> None:
    ends, goes_on = first[place], second[place]
    if not isinstance(ends, str):
        _join(ends, goes_on)
    elif isinstance(goes_on, str) and _ends_in_half(ends) and "\udc00" <= goes_on[:1] <= "\udfff":
        first[place], second[place] = ends[:-1], ends[-1] + goes_on
