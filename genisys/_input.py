"""Asking a person: a step that waits for an answer of a given type, with a deadline, and holds no worker meanwhile.

The answer is sent with `Engine.answer` under a token that fits this one request. The token is an HMAC-SHA-256
(RFC 2104) of the run and the step under the engine's secret, so it stands nowhere and cannot be guessed.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from datetime import timedelta
from typing import Any, TypeVar, overload

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from . import _codec
from ._clock import now_ms
from ._redact import DOTS
from ._scope import current
from ._seal import KeyRing
from ._seconds import waitable
from ._secrets import Holds, adapter_of
from ._shown import a_value, fits, here, name_given
from ._steps import OpenStep, open_step
from ._strict import text as strict_text
from ._waiting import wait
from .errors import InputExpired

T = TypeVar("T")
_NO_DEFAULT: Any = object()
PROMPT_CHARS = 4000
_DOES_NOT_FIT = "The answer does not fit"


def input_token(secret: str, run_id: str, step: str) -> str:
    """Give the token under which a request for input is answered, as 64 hex digits: `<step><mac>`."""
    mac = hmac.new(secret.encode(), f"{run_id} {step}".encode(), hashlib.sha256).hexdigest()[:32]
    return step + mac


def wants_secret(schema: Any) -> bool:
    """Say whether a JSON Schema asks for a secret anywhere."""
    if isinstance(schema, dict):
        return schema.get("format") == "password" or any(map(wants_secret, schema.values()))
    return isinstance(schema, list) and any(map(wants_secret, schema))


def packed_answer(ring: KeyRing, schema: Any, value: Any) -> bytes:
    """Write an answer for the run's inbox; sealed where a secret was asked for. Raises SecretError."""
    where = "An answer"
    if wants_secret(schema):
        return _codec.pack_sealed(DOTS, ring.seal(value), where=where)
    return _codec.pack(value, where=where)


def step_of_token(secret: str, run_id: str, token: str) -> str | None:
    """Give the step that the token is for, or None where it is none of this run's."""
    step = token[:32]
    return step if hmac.compare_digest(token.encode(), input_token(secret, run_id, step).encode()) else None


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
    """Ask the person for a value of `type_` (a pydantic model, or any type pydantic knows) and give the answer.

    `prompt` is shown to them. After `deadline` (seconds or a timedelta) `default` is given, or InputExpired is raised
    where there is none. An answer that does not fit the type is asked for again. Only inside a run.
    Raises TypeError or ValueError for a question that cannot be asked, such as one of a type that has no JSON Schema.
    """
    scope = current.get()
    if scope is None:
        raise RuntimeError("request_input() asks whoever watches a run: call it inside a run")
    meet = scope.execution.meet
    limit = None if deadline is None else waitable(deadline, where=f"{here()}, request_input: deadline")
    data, adapter, kind = _asked(type_, prompt, name)
    if default is not _NO_DEFAULT:
        _codec.encode(default, type_, where=f"{here()}, request_input: default")
    async with open_step(name, data, title=prompt) as step:
        if step.recorded:
            return _codec.decode(step.value, type_, where=f"The answer to “{prompt}”", meet=meet)
        answer = await _answered(step, adapter, data, limit, secret=kind is Holds.MARKED)
        if answer is None:
            if default is _NO_DEFAULT:
                raise InputExpired(f"Nobody answered “{prompt}” in time.")
            answer = (default,)
        data, value = _codec.settle(answer[0], type_, where=f"The answer to “{prompt}”", meet=meet)
        step.complete(data)
        return value


def _asked(type_: Any, prompt: object, name: object) -> tuple[dict[str, Any], TypeAdapter[Any], Holds]:
    """Return what is asked, as the event tells it, and the type as pydantic has it."""
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
        execution.writer.emit("input.requested", now=True, step=scope.key, name=step.name, until=until or 0, **data)
    while True:
        # Each asking has its own field in the inbox, so that an answer is taken once.
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
            execution.writer.emit(
                "input.requested",
                now=True,
                step=scope.key,
                name=step.name,
                until=step.memory["until"] or 0,
                wrong=_DOES_NOT_FIT if secret else str(error.errors(include_url=False, include_input=False)[0]["msg"]),
                **data,
            )
