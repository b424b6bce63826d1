"""The version of a component's code: a digest that changes when what the body does may have changed."""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any


@lru_cache(maxsize=1024)
def code_version(body: Callable[..., Any]) -> str:
    """Return 16 hex digits that identify the function's code.

    Made from its syntax tree without decorators, so that layout, comments and policies do not change it; from its byte
    code where there is no source. Functions that it calls are not included.
    """
    try:
        text = _syntax(inspect.getsource(body))
    except (OSError, TypeError, SyntaxError):
        text = _byte_code(body.__code__)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _syntax(source: str) -> str:
    function = ast.parse(textwrap.dedent(source)).body[0]
    if isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
        function.decorator_list = []
    return ast.dump(function)


def _byte_code(code: CodeType) -> str:
    inner = [_byte_code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {inner}"
