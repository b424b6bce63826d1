"""What servers say of their failures, in the forms of public servers: words, code, and what the code stands for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.openai_client.readings import Said, failure_in, said_in

LONG = "This model's maximum context length is 8192 tokens."
FORMS: list[tuple[Any, Said]] = [
    (
        {
            "error": {
                "message": LONG,
                "type": "invalid_request_error",
                "param": "messages",
                "code": "context_length_exceeded",
            }
        },
        Said(LONG, "context_length_exceeded", 400),
    ),
    (
        {"message": "You exceeded your quota", "type": "insufficient_quota"},
        Said("You exceeded your quota", "insufficient_quota"),
    ),
    ({"error": "model 'llama9' not found"}, Said("model 'llama9' not found")),
    ("plain words", Said("plain words")),
    (b'{"error": {"message": "as bytes"}}', Said("as bytes")),
    ({"object": "error", "message": LONG, "type": "BadRequestError", "code": 400}, Said(LONG, "BadRequestError", 400)),
    ({"detail": "Not enough GPUs"}, Said("Not enough GPUs")),
    (
        {"detail": [{"loc": ["body", "n"], "msg": "field required", "type": "missing"}]},
        Said("field required", "missing"),
    ),
    (
        [{"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}}],
        Said("Quota exceeded", "RESOURCE_EXHAUSTED", 429),
    ),
    ({"success": False, "errors": [{"code": 7009, "message": "no such model"}]}, Said("no such model", "7009")),
    (
        {"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": '{"error":"overloaded"}'}}},
        Said("Provider returned error: overloaded", "502", 502),
    ),
    (
        {"error": {"message": "litellm: bad", "type": None, "param": None, "code": "400"}},
        Said("litellm: bad", "400", 400),
    ),
    (
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        Said("Overloaded", "overloaded_error", 529),
    ),
    (
        {
            "type": "response.failed",
            "response": {"error": {"code": "server_error", "message": "boom"}, "status": "failed"},
        },
        Said("boom", "server_error"),
    ),
    ({"type": "error", "code": "rate_limit_exceeded", "message": "slow"}, Said("slow", "rate_limit_exceeded", 429)),
    ("<html><title>Bad gateway</title>", Said("")),
    ({"error": {"message": "half \ud83d here"}}, Said("half \ufffd here")),
    ({"error": {"message": ["not", "words"], "code": {"odd": 1}}}, Said("")),
    (None, Said("")),
    (17, Said("")),
]


@pytest.mark.parametrize(("body", "said"), FORMS)
def test_words_code_and_meaning_are_read_in_every_form(body: Any, said: Said) -> None:
    assert said_in(body) == said


@pytest.mark.parametrize("body", [form for form, _ in FORMS if isinstance(form, dict)])
def test_a_failure_under_the_status_200_is_told_from_an_answer(body: dict[str, Any]) -> None:
    assert failure_in(body) == said_in(body) or "response" in body
    assert failure_in({"id": "x", "object": "chat.completion", "choices": [], "error": None}) is None


def test_words_are_short_one_line_and_depth_is_bounded() -> None:
    assert len(said_in({"error": {"message": "long " * 9_000}}).words) <= 300
    assert said_in({"message": "two\n\n  lines"}).words == "two lines"
    deep: Any = "down here"
    for _ in range(500):
        deep = {"error": deep}
    assert said_in(deep) == Said("")
    assert said_in("[" * 100_000) == Said("[" * 300)


def test_a_used_up_account_is_known_by_code_or_status() -> None:
    assert said_in({"error": {"code": "insufficient_quota", "message": "x"}}).is_quota
    assert said_in({"error": {"code": 402, "message": "Insufficient credits"}}).is_quota
    assert not said_in(json.dumps({"error": {"code": "rate_limit_exceeded"}})).is_quota
