"""The guide to webhooks: its check of a signature takes what we send, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runs.webhooks import message
from runs.webhooks.models import EventType

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()


@pytest.fixture
def verified() -> Callable[..., Any]:
    (block,) = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, "docs/webhooks.md", "exec"), names)
    return names["verified"]


def _sent(secret: str, body: str, at: datetime) -> dict[str, str]:
    return message.headers(secret, "msg_1", at, body)


def test_the_guide_s_check_takes_what_we_send(verified: Callable[..., Any]) -> None:
    secret, body = message.new_secret(), message.body("webhook.test", {"text": "grüß"})
    assert verified(secret, _sent(secret, body, datetime.now(UTC)), body.encode())["data"] == {"text": "grüß"}


@pytest.mark.parametrize("wrong", ["secret", "body", "id", "timestamp", "age"])
def test_the_guide_s_check_refuses_all_else(verified: Callable[..., Any], wrong: str) -> None:
    secret, body, now = message.new_secret(), "{}", datetime.now(UTC)
    headers = _sent(secret, body, now - timedelta(minutes=6) if wrong == "age" else now)
    if wrong == "secret":
        secret = message.new_secret()
    elif wrong == "body":
        body = '{"a":1}'
    elif wrong in ("id", "timestamp"):
        headers[f"webhook-{wrong}"] += "1"
    with pytest.raises(ValueError, match="not from Genisys" if wrong != "age" else "too old"):
        verified(secret, headers, body.encode())


def test_the_guide_names_every_event() -> None:
    assert all(f"`{event}`" in GUIDE for event in EventType.values)
