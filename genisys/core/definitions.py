"""What a component or a workflow may be made of, checked when it is defined. Errors say what to write instead."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

NAME_CHARS = 200
_WORKFLOW_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LOCALS = "<locals>."


def default_name(body: Callable[..., Any]) -> str:
    """Return a function's name within its module or enclosing function, with its class: `Class.function`."""
    return body.__qualname__.rpartition(_LOCALS)[2]


def place_of(body: Callable[..., Any]) -> str:
    """Return where the body is defined, `module.Class.function`: a later definition there replaces it."""
    return f"{body.__module__}.{body.__qualname__}"


def check_body(body: Any, name: object) -> None:
    """Raise TypeError where the body is not an async function outside a class."""
    shown: str = name if isinstance(name, str) and name else getattr(body, "__name__", "fetch")
    if isinstance(body, staticmethod | classmethod):
        raise TypeError(f"{shown!r}: put `@{type(body).__name__}` above `@component`, not below it")
    if inspect.ismethod(body) or (inspect.isfunction(body) and _is_method(body)):
        raise TypeError(
            f"{shown!r} is a method, and what its object holds would be no part of what is recorded. Write an async "
            f"function outside the class, or a @staticmethod above @component, and give it what it needs: "
            f"`async def {shown.rpartition('.')[2]}(url: str) -> str`"
        )
    if inspect.isasyncgenfunction(body):
        raise TypeError(f"{shown!r} must return one value: gather what it would `yield` in a list, or use text()")
    if not inspect.iscoroutinefunction(body) or not hasattr(body, "__qualname__"):
        raise TypeError(f"{shown!r} must be an async function: write `async def {shown}(...)`")


def _is_method(body: Callable[..., Any]) -> bool:
    in_class = "." in default_name(body)
    return in_class and next(iter(inspect.signature(body).parameters), "") in ("self", "cls")


def check_name(name: Any) -> None:
    """Raise TypeError or ValueError where a component cannot have that name."""
    if not isinstance(name, str):
        raise TypeError(f'A component\'s name is text; {name!r:.60} is not. Write name="read a page"')
    if not name.strip() or not name.isprintable() or len(name) > NAME_CHARS:
        raise ValueError(
            f"A component cannot be named {name!r:.60}: give 1 to {NAME_CHARS} characters that can be printed, "
            'such as name="read a page"'
        )


def check_workflow_name(name: Any) -> None:
    """Raise TypeError or ValueError where a workflow cannot have that name, which is a part of addresses."""
    if not isinstance(name, str):
        raise TypeError(f'A workflow\'s name is text; {name!r:.60} is not. Write @workflow(name="read-site")')
    if not _WORKFLOW_NAME.fullmatch(name):
        raise ValueError(
            f"A workflow cannot be named {name!r:.60}, since its name stands in addresses: give up to 100 of "
            'A-Z a-z 0-9 . _ -, a letter or digit first, such as name="read-site"'
        )


def check_type(value: Any, type_: type, *, where: str, write: str) -> None:
    """Raise TypeError where an argument is given and is not of that type."""
    if value is not None and not isinstance(value, type_):
        raise TypeError(f"{where}: {value!r:.60} is no {type_.__name__}. Write {write}")


def check_function(value: Any, *, where: str, write: str) -> None:
    """Raise TypeError where an argument is given and cannot be called."""
    if value is not None and not callable(value):
        raise TypeError(f"{where}: {value!r:.60} is no function. Write {write}")


def limit(value: Any, *, where: str) -> float:
    """Return the seconds of a limit. Raises TypeError or ValueError where it is not a time above 0."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{where}: {value!r:.60} is no number of seconds and no timedelta. Write {where}=5")
    if not math.isfinite(value) or value <= 0:
        raise ValueError(f"{where}: {value!r:.60} is no limit. Give seconds above 0, or leave it out for none")
    return float(value)


def count(value: Any, *, where: str, why: str) -> None:
    """Raise TypeError or ValueError where an argument is not a whole number from 1 on; `why` says what 0 would mean."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{where}={value!r:.60}: give a whole number, 1 or more")
    if value < 1:
        raise ValueError(f"{where}={value}: {why}; give 1 or more")
