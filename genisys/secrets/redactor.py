"""Redaction: the values of secrets become dots in any text. Pure functions of the known values."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

DOTS = "••••••"
STRUCTURE = frozenset({"type", "at", "step", "parent", "reason", "worker", "status", "version", "run"})
"""Fields of events and records that only the engine fills, never with a person's text."""


def forms(secret: str) -> set[str]:
    """Return the forms in which text may hold a secret: as it is, or as in URLs, JSON, Python, HTML or headers."""
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    based = base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode().rstrip("=")
    return {
        secret,
        *escaped,
        *quoted,
        *(re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), each) for each in quoted),
        html.escape(secret),
        html.escape(secret, quote=False),
        based,
        based.replace("+", "-").replace("/", "_"),
        *({secret.strip()} if len(secret.strip()) >= 4 else ()),
    }


class Redactor:
    """Hides a set of secrets. Where several match at one place, the longest counts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = frozenset(secrets)
        self._forms = sorted({form for secret in self._secrets for form in forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._forms)) or r"(?!)")
        self._longest = len(self._forms[0]) if self._forms else 0

    def text(self, text: str) -> str:
        """Return the text with dots for every secret."""
        return self._pattern.sub(DOTS, text)

    def data(self, data: Any) -> Any:
        """Return JSON data with dots for every secret, in keys too."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, dict):
            return {self.text(name): self.data(value) for name, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.data(value) for value in data]
        if isinstance(data, int | float) and not isinstance(data, bool):
            return DOTS if str(data) in self._secrets else data
        return data

    def fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return an event, a record or an error, whose field names are the engine's own, with dots for every secret."""
        return {name: value if name in STRUCTURE else self._field(name, value) for name, value in fields.items()}

    def _field(self, name: str, value: Any) -> Any:
        if name in ("error", "fallback", "cache") and isinstance(value, dict):
            return self.fields(value)
        if name == "for" and isinstance(value, list):
            return [self.fields(each) if isinstance(each, dict) else each for each in value]
        if name == "patch" and isinstance(value, list):
            return [
                {**operation, **self.fields({k: v for k, v in operation.items() if k != "op"})} for operation in value
            ]
        if isinstance(value, int | float):
            return value
        return self.data(value)

    def stream(self, text: str) -> tuple[str, str]:
        """Return the part of a growing text that may be shown, and the rest, which may be the beginning of a secret."""
        shown: list[str] = []
        at = 0
        while at < len(text):
            if self._may_begin(text, at):
                break
            found = self._pattern.match(text, at)
            shown.append(text[at] if found is None else DOTS)
            at = at + 1 if found is None else found.end()
        return "".join(shown), text[at:]

    def _may_begin(self, text: str, at: int) -> bool:
        left = len(text) - at
        return left < self._longest and any(len(form) > left and form.startswith(text[at:]) for form in self._forms)

    def growing(self, data: Any) -> Any:
        """Return JSON data that is still growing: a text's end that may be the beginning of a secret is hidden too.

        An end of fewer than four characters is shown all the same.
        """
        if isinstance(data, str):
            shown, held = self.stream(data)
            return shown + (held if len(held) < 4 else DOTS)
        if isinstance(data, dict):
            return {self.text(name): self.growing(value) for name, value in data.items()}
        if isinstance(data, list):
            return [self.growing(value) for value in data]
        return self.data(data)
