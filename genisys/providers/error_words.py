"""What a model server says of its failure: its own words and code, from the many forms that public servers use.

OpenAI and Azure: `{"error": {"message", "code", "type"}}`. Ollama, llama.cpp: `{"error": "words"}`. vLLM before 0.10:
`{"object": "error", "message", "code": 400}`. FastAPI: `{"detail": "words"}` or a list of `{"loc", "msg"}`. Google: all
of it in a list, with `status`. Cloudflare: `{"errors": [{"code", "message"}]}`. OpenRouter: `code` is the status, and
`metadata.raw` the upstream's words. LiteLLM: `code` is the status as text. Responses: `response.error`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..data.strict_json import text

WORDS_LENGTH = 300
CODE_LENGTH = 80
_AROUND = ("error", "errors", "detail", "response")
_WORDS = ("message", "msg", "detail", "error_description", "error_message", "error_msg", "Message", "reason", "title")
_CODES = ("code", "status", "error_code", "type")
_NO_CODES = frozenset({"error", "none", "null", "failed", "response.failed"})

OVERLOADED = 529  # what Anthropic and servers like it answer when they are overloaded
_STATUS_OF_CODE = {
    "context_length_exceeded": 400,
    "string_above_max_length": 400,
    "invalid_request_error": 400,
    "invalid_request": 400,
    "badrequesterror": 400,
    "bad_request": 400,
    "invalid_argument": 400,
    "invalid_prompt": 400,
    "invalid_value": 400,
    "unsupported_value": 400,
    "unsupported_parameter": 400,
    "content_filter": 400,
    "content_policy_violation": 400,
    "contextwindowexceedederror": 400,
    "exceed_context_size_error": 400,
    "invalid_image": 400,
    "invalid_api_key": 401,
    "authentication_error": 401,
    "unauthenticated": 401,
    "permission_error": 403,
    "permission_denied": 403,
    "model_not_found": 404,
    "not_found_error": 404,
    "not_found": 404,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "ratelimiterror": 429,
    "resource_exhausted": 429,
    "overloaded_error": OVERLOADED,
}
QUOTA_CODES = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance"}
)


@dataclass(frozen=True, slots=True)
class Said:
    """A failure in the server's words. `code` is "" where it names none, `status` 0 where nothing implies one."""

    words: str
    code: str = ""
    status: int = 0

    @property
    def is_quota(self) -> bool:
        return self.code in QUOTA_CODES or self.status == 402


def said_in(body: Any) -> Said:
    """Return what a failure's body says; empty where it has no words for a person."""
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    if isinstance(body, str):
        body = _parsed(body)
    words, codes = _read(body, depth=4)
    status = next((found for code in codes if (found := _status_of(code))), 0)
    # The first says most; a bare status is the last choice.
    code = next((code for code in codes if not code.isdecimal()), codes[0] if codes else "")
    quota = next((code for code in codes if code in QUOTA_CODES), "")
    return Said(words, quota or code, status)


def failure_in(body: Any) -> Said | None:
    """Return what the body of a 200 says where it is a failure all the same; None where it is an answer."""
    if not isinstance(body, dict):
        return None
    failing = body.get("object") == "error" or body.get("type") == "error" or body.get("success") is False
    if not failing and not any(body.get(name) for name in ("error", "errors", "detail", "message", "error_msg")):
        return None
    return said_in(body)


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return "" if body.lstrip().startswith("<") else body


def _read(body: Any, depth: int) -> tuple[str, list[str]]:
    """Return the words and the codes of one level; those of an error that it wraps come first."""
    if isinstance(body, str):
        return _one_line(body), []
    if isinstance(body, list):
        return _read(body[0], depth - 1) if body and depth else ("", [])
    if not isinstance(body, dict) or not depth:
        return "", []
    words = ""
    codes: list[str] = []
    for name in _AROUND:
        if not words and body.get(name):
            words, codes = _read(body[name], depth - 1)
    words = words or next((_one_line(body[name]) for name in _WORDS if isinstance(body.get(name), str)), "")
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("raw"), str):
        words = f"{words}: {_read(_parsed(metadata['raw']), depth - 1)[0]}"[:WORDS_LENGTH]
    own = [body[name] for name in _CODES if isinstance(body.get(name), str | int) and body.get(name) is not True]
    codes += [str(code)[:CODE_LENGTH] for code in own if code and str(code).lower() not in _NO_CODES]
    return words, codes


def _status_of(code: str) -> int:
    if code.isascii() and code.isdecimal() and len(code) == 3 and 400 <= int(code) <= 599:
        return int(code)
    return _STATUS_OF_CODE.get(code.lower(), 0)


def _one_line(words: str) -> str:
    return " ".join(text(words[: 4 * WORDS_LENGTH]).split())[:WORDS_LENGTH]
