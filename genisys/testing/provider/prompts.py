"""What a request to a model says."""

from __future__ import annotations

import json
from typing import Any


def prompt_text(body: dict[str, Any]) -> str:
    """Return all texts of a request, one after another: the messages of a chat, the input of the other endpoints."""
    given = body.get("messages", body.get("input", []))
    parts = []
    for message in given if isinstance(given, list) else [given]:
        content = (message.get("content") or "") if isinstance(message, dict) else message
        parts.append(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
    return "\n".join(parts)
