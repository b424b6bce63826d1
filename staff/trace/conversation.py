"""A model call's request and answer as a conversation that people read. Pure, and never wrong about odd data: what it
does not know, it leaves out, and the request and the answer are there as JSON beside it.

Reads chat completions and responses of OpenAI's API (platform.openai.com/docs/api-reference), recorded as the SDK's
arguments or as an HTTP request, answered at once or as a stream.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

WHO = {
    "system": "System",
    "developer": "Developer",
    "user": "User",
    "assistant": "Model",
    "tool": "Tool",
    "function": "Tool",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What one side said. `role` is the API's word, `who` ours."""

    role: str
    text: str

    @property
    def who(self) -> str:
        return WHO.get(self.role, self.role or "Somebody")


@dataclass(frozen=True, slots=True)
class Conversation:
    """The messages in their order. The last ones, from the `answers`th on, came from the model in this call.

    Token counts are those of the answer; None where it does not say.
    """

    messages: list[Message]
    answers: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


def conversation_of(request: Any, answer: Any) -> Conversation | None:
    """Return what was said, None where the request is none of a conversation."""
    body = request.get("body", request) if isinstance(request, dict) else None
    if not isinstance(body, dict) or not ("messages" in body or "input" in body or "prompt" in body):
        return None
    asked = list(_asked(body))
    said = list(_said(answer))
    return Conversation([*asked, *said], len(asked), **_usage(answer))


def _asked(body: dict[str, Any]) -> Iterator[Message]:
    if body.get("instructions"):
        yield Message("system", _text(body["instructions"]))
    for name in ("messages", "input", "prompt"):
        given = body.get(name)
        if isinstance(given, str):
            yield Message("user", given)
        for each in given if isinstance(given, list) else ():
            if isinstance(each, str):
                yield Message("user", each)
            elif isinstance(each, dict):
                yield from _message(each)


def _said(answer: Any) -> Iterator[Message]:
    for part in _parts(answer):
        text = "".join(_chunks(part)) if isinstance(part, list) else ""
        if text:
            yield Message("assistant", text)
        for reply in [part] if isinstance(part, dict) else []:
            for choice in _dicts(reply.get("choices")):
                if isinstance(choice.get("message"), dict):
                    yield from _message(choice["message"])
                elif isinstance(choice.get("text"), str):
                    yield Message("assistant", choice["text"])
            for item in _dicts(reply.get("output")):
                yield from _message({"role": "assistant", **item})


def _parts(answer: Any) -> list[Any]:
    """Return the replies in what was recorded: an object, the items of a stream, or those of an HTTP answer."""
    if isinstance(answer, dict) and "status" in answer and "headers" in answer:
        if isinstance(answer.get("text"), str):
            return _parts(list(_events(answer["text"])))
        return _parts(answer.get("json"))
    if isinstance(answer, list):
        whole = [each["response"] for each in _dicts(answer) if isinstance(each.get("response"), dict)]
        done = [each for each in whole if each.get("output")]
        return done[-1:] or [answer]
    return [answer] if isinstance(answer, dict) else []


def _events(text: str) -> Iterator[Any]:
    for line in text.splitlines():
        if line.startswith("data:") and line[5:].strip().startswith("{"):
            try:
                yield json.loads(line[5:])
            except (ValueError, RecursionError):
                continue


def _chunks(items: list[Any]) -> Iterator[str]:
    for item in _dicts(items):
        for choice in _dicts(item.get("choices")):
            delta = choice.get("delta")
            if isinstance(delta, dict) and isinstance(delta.get("content"), str):
                yield delta["content"]
        if item.get("type") == "response.output_text.delta" and isinstance(item.get("delta"), str):
            yield item["delta"]


def _message(given: dict[str, Any]) -> Iterator[Message]:
    role = str(given.get("role") or ("tool" if "output" in given else "assistant"))
    text = _text(given.get("content")) or _text(given.get("refusal")) or _text(given.get("output"))
    if text:
        yield Message(role, text)
    calls = [call.get("function") or call for call in _dicts(given.get("tool_calls"))]
    if given.get("type") == "function_call":
        calls.append(given)
    for call in calls:
        if isinstance(call, dict):
            yield Message("assistant", f"Calls {call.get('name', 'a tool')} with {_text(call.get('arguments'))}")


def _text(content: Any) -> str:
    """Return a message's text; of its other parts, what they are."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(_part, content)))
    return "" if content is None else json.dumps(content, ensure_ascii=False, indent=2)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        return str(part["text"]) if isinstance(part.get("text"), str) else f"[{part.get('type', 'a part')}]"
    return ""


def _usage(answer: Any) -> dict[str, int | None]:
    replies = [reply for part in _parts(answer) for reply in ([part] if isinstance(part, dict) else _dicts(part))]
    for reply in reversed(replies):
        usage = reply.get("usage")
        if isinstance(usage, dict):
            return {
                "input_tokens": _count(usage, "prompt_tokens", "input_tokens"),
                "output_tokens": _count(usage, "completion_tokens", "output_tokens"),
                "cached_tokens": _detail(usage, "prompt_tokens_details", "input_tokens_details", "cached_tokens"),
                "reasoning_tokens": _detail(
                    usage, "completion_tokens_details", "output_tokens_details", "reasoning_tokens"
                ),
            }
    return {}


def _detail(usage: dict[str, Any], *names: str) -> int | None:
    *places, name = names
    found = [usage[place] for place in places if isinstance(usage.get(place), dict)]
    return _count(found[0], name) if found else None


def _count(facts: dict[str, Any], *names: str) -> int | None:
    for name in names:
        if isinstance(facts.get(name), int):
            return int(facts[name])
    return None


def _dicts(given: Any) -> Iterable[dict[str, Any]]:
    return (each for each in given if isinstance(each, dict)) if isinstance(given, list) else ()
