"""Components: async functions made idempotent, retryable and traceable; and workflows, which are entry points.

Inside a run a component's call is a step: its result is recorded under a key made of its parent, its name and its
input, and a replay gives the recorded result without running the body. Outside a run it just runs, policies included.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints, overload

from pydantic import BaseModel

from . import _codec, _registry
from ._retry import ONCE, Retry
from ._steps import OpenStep, open_step
from ._timeout import limit

P = ParamSpec("P")
R = TypeVar("R")
Title = str | Callable[..., str] | None


@dataclass(frozen=True, slots=True)
class Policies:
    """How a component's body is run. Each policy's own file says what it does."""

    retry: Retry = ONCE
    timeout_s: float | None = None
    paid: bool = False


def _seconds(value: float | timedelta | None) -> float | None:
    return value.total_seconds() if isinstance(value, timedelta) else value


class Component(Generic[P, R]):
    """A callable step. The fluent methods (`retry`, `timeout`, `named`) give a new component each."""

    def __init__(
        self,
        body: Callable[P, Awaitable[R]],
        *,
        name: str,
        policies: Policies,
        title: Title = None,
        key: Callable[..., str] | None = None,
    ) -> None:
        if not inspect.iscoroutinefunction(body):
            raise TypeError(f"{name!r} must be an async function: write `async def {name}(...)`")
        self.body = body
        self.name = name
        self.policies = policies
        self._title = title
        self._key = key
        functools.update_wrapper(self, body)

    def __repr__(self) -> str:
        return f"<component {self.name!r}>"

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self.body)

    @functools.cached_property
    def hints(self) -> dict[str, Any]:
        return get_type_hints(self.body, include_extras=True)

    @property
    def description(self) -> str:
        """The docstring's text, for the API and the trace."""
        return inspect.getdoc(self.body) or ""

    def retry(
        self,
        attempts: int = 3,
        base: float = 0.5,
        cap: float = 30.0,
        on: tuple[type[Exception], ...] = (Exception,),
    ) -> Component[P, R]:
        """Give this component with another retry policy (times in seconds)."""
        return self._with(retry=Retry(attempts, base, cap, on))

    def timeout(self, limit: float | timedelta | None) -> Component[P, R]:
        """Give this component with another limit on each try, in seconds."""
        return self._with(timeout_s=_seconds(limit))

    def named(self, name: str) -> Component[P, R]:
        """Give this component under another name, which is part of its steps' keys."""
        return type(self)(self.body, name=name, policies=self.policies, title=self._title, key=self._key)

    def _with(self, **changes: Any) -> Component[P, R]:
        policies = replace(self.policies, **changes)
        return type(self)(self.body, name=self.name, policies=policies, title=self._title, key=self._key)

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        arguments = self.signature.bind(*args, **kwargs)
        arguments.apply_defaults()
        data = {
            name: _codec.encode(value, self.hints.get(name, Any), where=f"Component {self.name!r}, argument {name!r}")
            for name, value in arguments.arguments.items()
        }
        key = self._key(*args, **kwargs) if self._key else None
        hint = self.hints.get("return", Any)
        async with open_step(
            self.name, data, title=self._title_of(args, kwargs), paid=self.policies.paid, key=key
        ) as step:
            if step.recorded:
                return _codec.decode(step.value, hint, where=f"Component {self.name!r}, result")  # type: ignore[no-any-return]
            result = await self._run_body(step, args, kwargs)
            step.complete(_codec.encode(result, hint, where=f"Component {self.name!r}, result"))
        return result

    def _title_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        return self._title(*args, **kwargs) if callable(self._title) else (self._title or "")

    async def _run_body(self, step: OpenStep, args: Any, kwargs: Any) -> R:
        tried = 0
        while True:
            tried += 1
            try:
                async with limit(self.policies.timeout_s, self.name):
                    return await self.body(*args, **kwargs)
            except Exception as error:
                delay = self.policies.retry.delay(tried, error)
                if delay is None:
                    raise
                step.retrying(tried, delay, error)
                await asyncio.sleep(delay)


class Workflow(Component[P, R]):
    """A component that is an entry point: it takes one pydantic model and gives one. Registered under its name."""

    @property
    def input_type(self) -> type[BaseModel]:
        name = next(iter(self.signature.parameters))
        return self.hints[name]  # type: ignore[no-any-return]

    @property
    def output_type(self) -> type[BaseModel]:
        return self.hints["return"]  # type: ignore[no-any-return]

    def title_for(self, request: BaseModel) -> str:
        """Give the title of a run with this request."""
        return self._title_of((request,), {}) or self.name


@overload
def component(fn: Callable[P, Awaitable[R]], /) -> Component[P, R]: ...
@overload
def component(
    *,
    name: str | None = None,
    retry: Retry | None = None,
    timeout: float | timedelta | None = None,
    key: Callable[..., str] | None = None,
    paid: bool = False,
    title: Title = None,
) -> Callable[[Callable[P, Awaitable[R]]], Component[P, R]]: ...
def component(
    fn: Callable[P, Awaitable[R]] | None = None,
    /,
    *,
    name: str | None = None,
    retry: Retry | None = None,
    timeout: float | timedelta | None = None,
    key: Callable[..., str] | None = None,
    paid: bool = False,
    title: Title = None,
) -> Any:
    """Make a component of an async function.

    `retry` and `timeout` (seconds for each try) are its policies. `key(*args)` replaces the input's digest in the
    step's key. `paid` puts the step's start into the log before the body runs. `title` (text, or a function of the
    arguments) is what the page calls the step.
    """

    def make(body: Callable[P, Awaitable[R]]) -> Component[P, R]:
        policies = Policies(retry=retry or ONCE, timeout_s=_seconds(timeout), paid=paid)
        return Component(body, name=name or body.__name__, policies=policies, title=title, key=key)

    return make if fn is None else make(fn)


def workflow(
    *, name: str, title: Callable[..., str] | None = None
) -> Callable[[Callable[P, Awaitable[R]]], Workflow[P, R]]:
    """Make a workflow of an async function that takes one pydantic model and returns one, and register it."""

    def make(body: Callable[P, Awaitable[R]]) -> Workflow[P, R]:
        made = Workflow(body, name=name, policies=Policies(), title=title)
        parameters = list(made.signature.parameters)
        if len(parameters) != 1 or "return" not in made.hints:
            raise TypeError(
                f"Workflow {name!r} must take one pydantic model and return one: "
                "`async def f(request: Request) -> Result`"
            )
        for hint in (made.input_type, made.output_type):
            if not (isinstance(hint, type) and issubclass(hint, BaseModel)):
                raise TypeError(f"Workflow {name!r}: {hint!r} is not a pydantic model")
        _registry.add(made)
        return made

    return make
