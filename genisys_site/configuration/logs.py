"""One log line format for our own structlog events and for every library that uses `logging`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

import structlog

from genisys.host import without_secrets

_SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

_LOGGERS: dict[str, Any] = {
    # Django's default handlers would print each of these a second time.
    "django": {"handlers": [], "level": "INFO", "propagate": True},
    "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    "httpx": {"level": "WARNING"},
    "httpx2": {"level": "WARNING"},
    "httpcore": {"level": "WARNING"},
    "daphne": {"level": "WARNING"},
    # uvicorn has set up handlers of its own by now, which would write addresses with their tokens.
    "uvicorn": {"handlers": [], "propagate": True},
    "uvicorn.access": {"handlers": [], "propagate": True},
}


class MaskedLines(structlog.stdlib.ProcessorFormatter):
    """Renders a record and takes the secrets out of the whole line, tracebacks included."""

    def __init__(self, *args: Any, mask: Callable[[str], str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(without_secrets(super().format(record)))


def logging_config(*, json: bool, mask: Callable[[str], str]) -> dict[str, Any]:
    """Configure structlog and return the `LOGGING` setting: JSON for machines, else lines for people.

    Every line passes `mask` last, whoever wrote it.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": _formatter(json, mask)},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": _LOGGERS,
    }


def _formatter(json: bool, mask: Callable[[str], str]) -> dict[str, Any]:
    return {
        "()": MaskedLines,
        "mask": mask,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(json)],
        "foreign_pre_chain": _SHARED,
    }


def _renderers(json: bool) -> list[structlog.types.Processor]:
    if json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    ]
