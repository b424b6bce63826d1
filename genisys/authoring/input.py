"""Asking a person: a step that waits for an answer of a given type, with a deadline, without holding a worker.

The answer is sent with `Engine.answer` under a token for this one request (`engine.input_tokens`).
"""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import Any, TypeVar, overload

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from ..core import codec
from ..core.clock import now_ms
from ..core.durations import waitable
from ..core.secret_types import Holds, adapter_of
from ..data.strict_json import text as strict_text
from ..errors import InputExpired
from ..execution.scope import current, wait
from ..execution.steps import OpenStep, open_step
from .visible import a_value, fits, here, name_given

T = TypeVar("T")
_NO_DEFAULT: Any = object()
PROMPT_CHARS = 4000
_DOES_NOT_FIT = "The answer does not fit"


@overload
async def request_input(
    type_: type[T], prompt: str, *, name: str = ..., deadline: float | timedelta | None = ..., default: T = ...
) -> T: ...
@overload
async def request_input(
    type_: Any, prompt: str, *, name: str = ..., deadline: float | timedelta | None = ..., default: Any = ...
) -> Any: ...
async def request_input(
    type_: Any,
    prompt: str,
    *,
    name: str = "input",
    deadline: float | timedelta | None = None,
    default: Any = _NO_DEFAULT,
) -> Any:
    """Ask the person for a value of `type_` (a pydantic model, or any type pydantic knows) and return the answer.

    `prompt` is shown to them. After `deadline` (seconds or a timedelta) `default` is returned, or InputExpired raised
    where there is none. An answer that does not fit the type is asked for again. Only inside a run.
    Raises TypeError or ValueError for a question that cannot be asked, such as one of a type that has no JSON Schema.
    """
    scope = current.get()
    if scope is None:
        raise RuntimeError("request_input() asks whoever watches a run: call it inside a run")
    learn = scope.execution.learn
    limit = None if deadline is None else waitable(deadline, where=f"{here()}, request_input: deadline")
    data, adapter, kind = _asked(type_, prompt, name)
    if default is not _NO_DEFAULT:
        codec.encode(default, type_, where=f"{here()}, request_input: default")
    async with open_step(name, data, title=prompt) as step:
        if step.recorded:
            return codec.decode(step.value, type_, where=f"The answer to “{prompt}”", learn=learn)
        answer = await _answered(step, adapter, data, limit, secret=kind is Holds.MARKED)
        if answer is None:
            if default is _NO_DEFAULT:
                raise InputExpired(f"Nobody answered “{prompt}” in time.")
            answer = (default,)
        data, value = codec.settle(answer[0], type_, where=f"The answer to “{prompt}”", learn=learn)
        step.complete(data)
        return value


def _asked(type_: Any, prompt: object, name: object) -> tuple[dict[str, Any], TypeAdapter[Any], Holds]:
    """Return what is asked, in the form of the event, and pydantic's adapter of the type."""
    if not isinstance(prompt, str):
        raise TypeError(f"{here()}, request_input: give the question as a str; this is {a_value(prompt)}")
    name_given(name, "request_input")
    prompt = strict_text(prompt)
    if len(prompt) > PROMPT_CHARS:
        raise ValueError(
            f"{here()}, request_input: a question has at most {PROMPT_CHARS} characters, and this one {len(prompt)}. "
            "Show what it is about with text(...) or publish(...), and ask in a sentence."
        )
    try:
        adapter, kind = adapter_of(type_)
        schema = adapter.json_schema()
    except Exception as error:
        raise TypeError(
            f"{here()}, request_input: nobody can be asked for a {type_!r:.100}, which has no JSON Schema. "
            "Give a pydantic model or plain types."
        ) from error
    fits(to_json(schema).decode() + prompt, where=lambda: f"{here()}, request_input: the schema of the type")
    return {"prompt": prompt, "schema": schema}, adapter, kind


async def _answered(
    step: OpenStep, adapter: TypeAdapter[Any], data: dict[str, Any], limit: float | None, *, secret: bool
) -> tuple[Any] | None:
    """Wait for an answer that fits; None where the deadline passes first."""
    scope = step.scope
    assert scope is not None
    execution = scope.execution
    if "asked" not in step.memory:
        until = None if limit is None else now_ms() + round(limit * 1000)
        step.remember(asked=0, until=until, schema=data["schema"])
        _ask(step, data)
    while True:
        # Each time of asking has its own field in the inbox, so that each takes one answer.
        field = f"{scope.key}:{step.memory['asked']}"
        await wait(
            scope,
            reason="input",
            until_ms=step.memory["until"],
            ready=functools.partial(execution.inbox_has, field),
            prompt=data["prompt"],
        )
        if field not in execution.inbox:
            return None
        try:
            return (adapter.validate_python(execution.opened(execution.inbox[field])),)
        except ValidationError as error:
            step.remember(asked=step.memory["asked"] + 1)
            # pydantic's message may quote the answer.
            wrong = _DOES_NOT_FIT if secret else str(error.errors(include_url=False, include_input=False)[0]["msg"])
            _ask(step, data, wrong=wrong)


def _ask(step: OpenStep, data: dict[str, Any], **wrong: str) -> None:
    """Put the question on the page; `wrong` says why the last answer did not fit."""
    assert step.scope is not None
    writer, until = step.scope.execution.writer, step.memory["until"] or 0
    writer.emit("input.requested", now=True, step=step.scope.key, name=step.name, until=until, **wrong, **data)
