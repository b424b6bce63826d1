"""What a model was asked and what it said, whatever form the call was recorded in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from staff.trace.conversation import conversation_of

ASKED = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Why?"}, {"type": "image_url", "image_url": {}}]},
    ],
}
REPLY = {
    "choices": [{"message": {"role": "assistant", "content": "Because."}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}},
}
CHUNKS = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Be"}}]},
    {"choices": [{"index": 0, "delta": {"content": "cause."}, "finish_reason": "stop"}]},
    {"choices": [], "usage": REPLY["usage"]},
]
STREAM = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n"
CALL = {"type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}
HTTP = {"status": 200, "headers": {}}


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (ASKED, REPLY),
        (ASKED, CHUNKS),
        ({"method": "post", "path": "/chat/completions", "body": ASKED}, {**HTTP, "json": REPLY}),
        ({"method": "post", "path": "/chat/completions", "body": ASKED}, {**HTTP, "text": STREAM}),
    ],
)
def test_a_chat_reads_the_same_at_once_streamed_and_over_http(request_: Any, answer: Any) -> None:
    said = conversation_of(request_, answer)
    assert said is not None
    assert [(each.who, each.text) for each in said.messages] == [
        ("System", "Be brief."),
        ("User", "Why?\n[image_url]"),
        ("Model", "Because."),
    ]
    assert said.answers == 2
    assert (said.input_tokens, said.output_tokens, said.cached_tokens) == (9, 3, 4)


def test_a_response_and_its_stream_read_the_same() -> None:
    asked = {"model": "m", "instructions": "Be brief.", "input": "Why?"}
    reply = {
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Because."}]},
        ],
        "usage": {"input_tokens": 9, "output_tokens": 3, "output_tokens_details": {"reasoning_tokens": 2}},
    }
    stream = [
        {"type": "response.output_text.delta", "delta": "Beca"},
        {"type": "response.completed", "response": reply},
    ]
    for answer in (reply, stream):
        said = conversation_of(asked, answer)
        assert said is not None
        assert [each.text for each in said.messages] == ["Be brief.", "Why?", "Because."]
        assert said.reasoning_tokens == 2
    broken = conversation_of(asked, stream[:1])
    assert broken is not None and broken.messages[-1].text == "Beca"


def test_tools_that_are_called_and_what_they_answer_are_part_of_the_talk() -> None:
    asked = {
        "messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "content": "Rain"},
        ]
    }
    said = conversation_of(asked, {"choices": [{"message": {"content": "It rains."}}]})
    assert said is not None
    assert [(each.who, each.text) for each in said.messages] == [
        ("User", "Weather?"),
        ("Model", 'Calls look with {"a":1}'),
        ("Tool", "Rain"),
        ("Model", "It rains."),
    ]


@pytest.mark.parametrize("request_", [None, "text", 3, [], {}, {"method": "get", "path": "/models"}, {"body": None}])
def test_what_is_no_conversation_is_none(request_: Any) -> None:
    assert conversation_of(request_, REPLY) is None


@pytest.mark.parametrize(
    "answer",
    [
        None,
        7,
        "text",
        [None, 3, {"choices": 4}],
        {"choices": [None, {"message": "x"}, {"message": {"content": {"odd": 1}}}], "usage": "much"},
        {"output": [{"content": [None, 5]}], "usage": {"prompt_tokens": "9", "prompt_tokens_details": []}},
        {**HTTP, "text": "data: {broken\n\ndata: {}\n"},
        {**HTTP, "blob": "r/0", "bytes": 9},
    ],
)
def test_an_odd_answer_leaves_what_was_asked(answer: Any) -> None:
    said = conversation_of(ASKED, answer)
    assert said is not None
    assert [each.text for each in said.messages[:2]] == ["Be brief.", "Why?\n[image_url]"]
