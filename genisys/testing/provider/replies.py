"""Answers in the forms of OpenAI's API: chats, responses and embeddings, whole or as the events of a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .prompts import prompt_text


def tokens(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _usage(body: dict[str, Any], text: str) -> dict[str, int]:
    read, written = len(prompt_text(body).split()), len(tokens(text))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _usage(body, text),
    }


def _chunk(body: dict[str, Any], delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def chat_events(body: dict[str, Any], text: str) -> Iterator[dict[str, Any]]:
    for token in tokens(text):
        yield _chunk(body, {"content": token}, None)
    yield _chunk(body, {}, "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**_chunk(body, {}, None), "choices": [], "usage": _usage(body, text)}


def response_events(body: dict[str, Any], text: str) -> Iterator[dict[str, Any]]:
    place = {"item_id": "msg", "output_index": 0, "content_index": 0, "logprobs": []}
    for number, token in enumerate(tokens(text)):
        yield {"type": "response.output_text.delta", "sequence_number": number, "delta": token, **place}
    yield {"type": "response.completed", "sequence_number": 1 << 20, "response": response(body, text)}


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("input", "")
    texts = given if isinstance(given, list) else [given]
    data = [
        {"object": "embedding", "index": place, "embedding": [float(len(str(text))), float(place)]}
        for place, text in enumerate(texts)
    ]
    return {
        "object": "list",
        "model": body.get("model", ""),
        "data": data,
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


def response(body: dict[str, Any], text: str) -> dict[str, Any]:
    usage = _usage(body, text)
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "id": "resp-scripted",
        "object": "response",
        "created_at": 0,
        "model": body.get("model", ""),
        "status": "completed",
        "output": [{"id": "msg", "type": "message", "role": "assistant", "status": "completed", "content": content}],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": usage["prompt_tokens"],
            "output_tokens": usage["completion_tokens"],
            "total_tokens": usage["total_tokens"],
        },
    }
