"""Log lines that a run's code writes: without the secrets that the run knows, whichever way they are written."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ..execution.scope import current


def without_secrets(line: str) -> str:
    """Return a log line with dots for every secret of the run whose code writes it; unchanged outside a run."""
    scope = current.get()
    return line if scope is None else str(scope.execution.hidden(line))


def hide_secrets(logger: Any, method: str, line: str | bytes | Mapping[str, Any]) -> Any:
    """Take the secrets out of what structlog's renderer gave: the last of its processors."""
    return without_secrets(line) if isinstance(line, str) else line


class HidingFormatter(logging.Formatter):
    """Formats records of `logging`, and takes the secrets out of the whole line, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))
