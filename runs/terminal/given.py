"""JSON as a command is given it: in the argument itself, `@file` for a file, or `-` for standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from genisys import UserError
from runs.rules.json_text import parsed

SYNTAX = "JSON, @FILE, or - for standard input"


def json_of(argument: str, what: str) -> Any:
    """Return the value. `what` names the argument in a sentence. Raises CommandError with what is wrong, and where."""
    try:
        if argument == "-":
            return parsed(sys.stdin.read(), f"{what} from standard input")
        if argument.startswith("@"):
            return parsed(Path(argument[1:]).read_text(encoding="utf-8"), argument[1:])
        return parsed(argument, what)
    except OSError as error:
        raise CommandError(f"{argument[1:]} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{what} is not UTF-8: {error.reason} at byte {error.start}.") from error
    except UserError as error:
        raise CommandError(error.message) from error


def object_of(argument: str, what: str) -> dict[str, Any]:
    """The same where it has to be an object."""
    value = json_of(argument, what)
    if not isinstance(value, dict):
        raise CommandError(f'{what} has to be a JSON object, such as {{"name": "value"}}.')
    return value
