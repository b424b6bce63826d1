"""Loggers of structlog, which is loaded with the first line that is logged.

Importing it would be a fifth of the cost of `import genisys`, as it looks for everything that could make tracebacks
prettier; a program that only defines workflows logs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Logger:
    """What `structlog.get_logger(name)` returns, made anew for each line, so that a later configuration counts."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        return getattr(import_module("structlog").get_logger(self._name), method)
