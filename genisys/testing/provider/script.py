"""What a scripted provider does and has seen: its responder, its faults and its quota, and what it was asked."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from .prompts import prompt_text
from .quota import Quota
from .responder import Responder

KINDS = ("status", "garbage", "empty", "drop", "hang", "cut", "raw")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request (whose prompt contains `containing`). Times in seconds."""

    kind: str
    containing: str = ""
    status: int | None = None
    retry_after: float | None = None
    seconds: float = 3600.0
    tokens: int = 3
    body: str = ""
    content_type: str = "application/json"


class Script:
    """How requests are answered. `responder` returns the text of each answer; it may be changed at any time."""

    def __init__(self, responder: Responder, model: str) -> None:
        self.responder = responder
        self.model = model
        self.requests: list[dict[str, Any]] = []
        self.statuses: Counter[int] = Counter()
        self.token_seconds = 0.0
        self._quota: Quota | None = None
        self._faults: deque[Fault] = deque()

    def fault(self, kind: str, times: int = 1, **facts: Any) -> None:
        """Let the next `times` requests go wrong. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"No fault is named {kind!r}. Known: {', '.join(KINDS)}.")
        self._faults.extend([Fault(kind, **facts)] * times)

    def quota(self, requests_per_minute: int | None) -> None:
        """Enforce a quota from now on; None for none."""
        self._quota = None if requests_per_minute is None else Quota(requests_per_minute)

    def over_quota(self) -> list[tuple[str, str]] | None:
        """Count a request against the quota; return the headers of a 429 where it is used up."""
        wait = self._quota.take() if self._quota else 0.0
        return self._quota.headers(wait) if self._quota and wait else None

    def count(self, containing: str = "") -> int:
        """Return how many requests have messages that contain a text."""
        return sum(containing in prompt_text(body) for body in self.requests)

    def next_fault(self, body: dict[str, Any]) -> Fault | None:
        """Take the first waiting fault that is meant for this request."""
        prompt = prompt_text(body)
        for fault in self._faults:
            if fault.containing in prompt:
                self._faults.remove(fault)
                return fault
        return None
