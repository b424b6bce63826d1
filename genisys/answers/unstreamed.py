"""An answer that came whole where a stream was asked for, as the events that the stream would have had.

Some proxies collect a stream and send one JSON body. It was paid for like any other answer, so it is used like one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def events_of_whole(answer: Any) -> list[dict[str, Any]]:
    """Return the events of a stream with this answer; none where it is no answer of a known kind."""
    if not isinstance(answer, dict):
        return []
    if _dicts(answer.get("output")):
        return _numbered(_response_events(answer))
    choices = _dicts(answer.get("choices"))
    if choices and all(isinstance(choice.get("message"), dict) for choice in choices):
        return list(_chunks(answer, choices))
    if choices and all(isinstance(choice.get("text"), str) for choice in choices):
        # Of a completion that is no chat: its stream's events have the same form as the whole.
        return [{**answer, "choices": [{**choice, "finish_reason": _end_of(choice)} for choice in choices]}]
    return []


def event_stream_of(answer: Any) -> bytes:
    """Return the answer as the body of a stream of server-sent events; b"" where it is no answer of a known kind."""
    events = events_of_whole(answer)
    named = [
        (f"event: {event['type']}\n" if "type" in event else "") + f"data: {json.dumps(event)}" for event in events
    ]
    return "".join(f"{each}\n\n" for each in [*named, "data: [DONE]"]).encode() if events else b""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) and all(isinstance(each, dict) for each in value) else []


def _chunks(answer: dict[str, Any], choices: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    frame = {name: value for name, value in answer.items() if name not in ("choices", "usage", "object")}
    frame["object"] = "chat.completion.chunk"
    yield {**frame, "choices": [_choice(place, each, _delta(each["message"])) for place, each in enumerate(choices)]}
    ends = [{"index": place, "delta": {}, "finish_reason": _end_of(each)} for place, each in enumerate(choices)]
    yield {**frame, "choices": ends}
    if answer.get("usage"):
        yield {**frame, "choices": [], "usage": answer["usage"]}


def _end_of(choice: dict[str, Any]) -> Any:
    """Return why a choice ended; "stop" where it does not say, as it is whole."""
    return choice.get("finish_reason") or "stop"


def _choice(place: int, choice: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in choice.items() if name not in ("message", "finish_reason")}
    return {"index": place, **rest, "delta": delta, "finish_reason": None}


def _delta(message: dict[str, Any]) -> dict[str, Any]:
    delta = {name: value for name, value in message.items() if value is not None}
    if calls := _dicts(delta.get("tool_calls")):
        delta["tool_calls"] = [{"index": place, **call} for place, call in enumerate(calls)]
    return delta


def _numbered(events: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _response_events(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "response.created", "response": {**response, "status": "in_progress", "output": [], "usage": None}}
    for place, item in enumerate(response["output"]):
        at = {"output_index": place, "item_id": item.get("id", "")}
        yield {"type": "response.output_item.added", "output_index": place, "item": _begun(item)}
        for part_place, part in enumerate(_dicts(item.get("content"))):
            yield from _part_events({**at, "content_index": part_place}, part)
        if isinstance(item.get("arguments"), str):
            said = {"name": item.get("name", ""), "arguments": item["arguments"]}
            yield {"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]}
            yield {"type": "response.function_call_arguments.done", **at, **said}
        yield {"type": "response.output_item.done", "output_index": place, "item": item}
    status = response.get("status")
    ended = f"response.{status}" if status in ("incomplete", "failed") else "response.completed"
    yield {"type": ended, "response": response}


def _begun(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item of the output as it was before its texts came."""
    emptied = {"content": [], "arguments": ""}
    return {name: emptied.get(name, value) for name, value in item.items()} | {"status": "in_progress"}


def _part_events(at: dict[str, Any], part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kind = {"output_text": "text", "refusal": "refusal"}.get(part.get("type", ""), "")
    if not isinstance(part.get(kind), str):
        yield {"type": "response.content_part.added", **at, "part": part}
        yield {"type": "response.content_part.done", **at, "part": part}
        return
    spoken = "output_text" if kind == "text" else kind
    logprobs = {"logprobs": part.get("logprobs") or []} if kind == "text" else {}
    yield {"type": "response.content_part.added", **at, "part": {**part, kind: ""}}
    yield {"type": f"response.{spoken}.delta", **at, "delta": part[kind], **logprobs}
    yield {"type": f"response.{spoken}.done", **at, kind: part[kind], **logprobs}
    yield {"type": "response.content_part.done", **at, "part": part}
