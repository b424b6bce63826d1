"""Components: async functions made idempotent, retryable and traceable; and workflows, which are entry points.

Inside a run a component's call is a step: its result is recorded under a key made from its parent, its name and its
input, and a replay returns the recorded result without running the body. Outside a run it just runs, policies included.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, Generic, ParamSpec, TypeVar, overload

from ..core import registry
from ..core.definitions import (
    check_body,
    check_function,
    check_name,
    check_type,
    default_name,
)
from ..core.definitions import limit as limit_of
from ..execution.checkpoint import rerun
from ..execution.scope import Scope, current
from ..execution.steps import open_step
from ..policies.cache import Cache
from ..policies.concurrency import Concurrency
from ..policies.fallback import OnError
from ..policies.heartbeat import Heartbeat
from ..policies.policy import Call, Policies, Policy, surround, with_policy, without_rank
from ..policies.retry import Retry
from ..policies.timeout import TotalTimeout, TryTimeout
from .code_version import code_version
from .parameters import Parameters

P = ParamSpec("P")
R = TypeVar("R")
Title = str | Callable[..., str] | None


class Component(Generic[P, R]):
    """A callable step. Each fluent method (`retry`, `timeout`, `named`, …) returns a new component."""

    def __init__(
        self,
        body: Callable[P, Awaitable[R]],
        *,
        name: str,
        policies: Policies = (),
        title: Title = None,
        key: Callable[..., str] | None = None,
        paid: bool = False,
        version: str = "",
    ) -> None:
        check_body(body, name)
        check_name(name)
        check_function(key, where=f"Component {name!r}, key", write="key=lambda page: page.url")
        check_type(version, str, where=f"Component {name!r}, version", write='version="2"')
        self.body = body
        self.name = name
        self.policies = policies
        self._title = title
        self._key = key
        self._paid = paid
        self._version = version
        functools.update_wrapper(self, body)
        registry.note(self)

    def __repr__(self) -> str:
        return f"<component {self.name!r}>"

    @functools.cached_property
    def parameters(self) -> Parameters:
        return Parameters(self.body, f"Component {self.name!r}")

    @property
    def signature(self) -> inspect.Signature:
        return self.parameters.signature

    @property
    def hints(self) -> dict[str, Any]:
        return self.parameters.hints

    @functools.cached_property
    def version(self) -> str:
        """The version given, or a digest of the body's code that layout and comments do not change."""
        return self._version or code_version(self.body)

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
        deadline: float | timedelta | None = None,
    ) -> Component[P, R]:
        """Return this component with another retry policy (times in seconds)."""
        return self.with_policy(Retry(attempts, base, cap, on, deadline))

    def timeout(
        self, limit: float | timedelta | None = None, *, total: float | timedelta | None = None
    ) -> Component[P, R]:
        """Return this component with another limit on each try, or on all of them together, in seconds."""
        policies = self.policies
        for kind, given in ((TryTimeout, limit), (TotalTimeout, total)):
            policies = without_rank(policies, kind.rank)
            if given is not None:
                where = "timeout" if kind is TryTimeout else "total"
                policies = with_policy(policies, kind(limit_of(given, where=where)))
        return self._changed(policies=policies)

    def heartbeat(self, limit: float | timedelta) -> Component[P, R]:
        """Return this component with a limit on silence: a try without a sign of life for that long is stopped."""
        return self.with_policy(Heartbeat(limit_of(limit, where="heartbeat")))

    def cache(
        self,
        ttl: float | timedelta,
        scope: str = "",
        version: str | None = None,
        key: Callable[..., Any] | None = None,
    ) -> Component[P, R]:
        """Return this component with its results kept across runs for `ttl`."""
        return self.with_policy(Cache(ttl, scope, version, key))

    def concurrency(self, limit: int, key: Callable[..., str] | None = None) -> Component[P, R]:
        """Return this component with at most `limit` bodies at once over the whole fleet, for each `key(*args)`."""
        return self.with_policy(Concurrency(limit, key))

    def on_error(self, instead: Callable[..., Any]) -> Component[P, R]:
        """Return this component with `instead(error, *args)` as its result where it fails for good."""
        return self.with_policy(OnError(instead))

    def with_policy(self, policy: Policy) -> Component[P, R]:
        """Return this component with that policy, which replaces the one of its kind."""
        return self._changed(policies=with_policy(self.policies, policy))

    def named(self, name: str) -> Component[P, R]:
        """Return this component under another name, which is part of its steps' keys."""
        return self._changed(name=name)

    def _changed(self, **changes: Any) -> Component[P, R]:
        fields = {
            "name": self.name,
            "policies": self.policies,
            "title": self._title,
            "key": self._key,
            "paid": self._paid,
            "version": self._version,
        }
        return type(self)(self.body, **{**fields, **changes})

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        maker = current.get()
        mark = object()
        call: Any = self._called(maker, mark, args, kwargs)
        call.__qualname__ = self.name  # What NotAwaited names, and Python's own warning.
        if maker is not None:  # Until it begins, `Scope.check_awaited` can find that nobody awaits it.
            maker.calls[mark] = call
        return call  # type: ignore[no-any-return]

    async def _called(self, maker: Scope | None, mark: object, args: Any, kwargs: Any) -> R:
        """Run the call, which was made in the scope `maker`, and registered there under `mark`."""
        if maker is not None:
            maker.calls.pop(mark, None)
        scope = current.get()
        learn = None if scope is None else scope.execution.learn
        parameters = self.parameters
        returned = parameters.result
        returned.check()
        if scope is not None:
            scope.execution.one_of_a_name(self.name, self.body)
        values = parameters.bound(args, kwargs)
        data = parameters.encoded(values, learn)
        title = self._title_of(args, kwargs)
        async with open_step(
            self.name,
            data,
            title=title,
            paid=self._paid,
            key=self._key(*args, **kwargs) if self._key else None,
            named_by=parameters.naming(data),
            version=self.version,
            edited=self._edited,
        ) as step:
            if step.recorded:
                return returned.decode(step.value, learn)  # type: ignore[no-any-return]
            result = await self._result(Call(step, self, args, kwargs, data), values)
            # The caller gets what a replay would read, so that both behave alike.
            recorded, live = returned.settle(result, learn)
            step.complete(recorded)
        return live  # type: ignore[no-any-return]

    async def _result(self, call: Call, values: dict[str, Any]) -> Any:
        """Run the body inside its policies, with the input that a fork gave the step where there is one."""
        step, parameters, given = call.step, self.parameters, call.step.given
        if given is not None:
            args, kwargs = parameters.read(given)
            call = Call(step, self, args, kwargs, given)

        def body() -> Awaitable[R]:
            # Each try has its own copy: what it changes in place, neither the caller nor the next try sees.
            own = parameters.own(values, call.data) if given is None else parameters.read(given)
            return self.body(*own[0], **own[1])

        if not self.policies:
            return await rerun(step.scope, body)
        return await surround(self.policies, call, lambda: rerun(step.scope, body))()

    def _edited(self, data: dict[str, Any]) -> tuple[str, str]:
        """Return the name and the title of a step to which a fork gave these arguments."""
        try:
            return self.name, self._title_of(*self.parameters.read(data))
        except Exception:
            return self.name, ""  # The step itself will report what is wrong with them.

    def _title_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        return self._title(*args, **kwargs) if callable(self._title) else (self._title or "")


@overload
def component(fn: Callable[P, Awaitable[R]], /) -> Component[P, R]: ...
@overload
def component(
    *,
    name: str | None = None,
    retry: Retry | None = None,
    timeout: float | timedelta | None = None,
    total_timeout: float | timedelta | None = None,
    heartbeat: float | timedelta | None = None,
    cache: Cache | None = None,
    concurrency: Concurrency | None = None,
    on_error: Callable[..., Any] | None = None,
    key: Callable[..., str] | None = None,
    paid: bool = False,
    title: Title = None,
    version: str = "",
) -> Callable[[Callable[P, Awaitable[R]]], Component[P, R]]: ...
def component(
    fn: Callable[P, Awaitable[R]] | None = None,
    /,
    *,
    name: str | None = None,
    retry: Retry | None = None,
    timeout: float | timedelta | None = None,
    total_timeout: float | timedelta | None = None,
    heartbeat: float | timedelta | None = None,
    cache: Cache | None = None,
    concurrency: Concurrency | None = None,
    on_error: Callable[..., Any] | None = None,
    key: Callable[..., str] | None = None,
    paid: bool = False,
    title: Title = None,
    version: str = "",
) -> Any:
    """Make a component of an async function.

    Its policies: `retry`; `timeout` (for each try) and `total_timeout` (for all), in seconds or timedeltas;
    `heartbeat`, the longest silence of a try; `cache` (results across runs); `concurrency` (bodies at once over the
    fleet); `on_error(error, *args)`, which returns a result where the body failed for good. `key(*args)` replaces the
    input's digest in the step's key. `paid` puts the step's start into the log before the body runs. `title` (text, or
    a function of the arguments) is what the page calls the step. `version` identifies the code where old results are
    told from new ones; by default a digest of the body's code does.
    """

    def make(body: Callable[P, Awaitable[R]]) -> Component[P, R]:
        check_body(body, name)
        made = Component(
            body, name=default_name(body) if name is None else name, title=title, key=key, paid=paid, version=version
        )
        for policy in given:
            made = made.with_policy(policy)
        return made

    check_type(retry, Retry, where="retry", write="retry=Retry(attempts=3)")
    check_type(cache, Cache, where="cache", write="cache=Cache(ttl=timedelta(days=1))")
    check_type(concurrency, Concurrency, where="concurrency", write="concurrency=Concurrency(4)")
    given = [
        policy
        for policy in (
            retry,
            None if timeout is None else TryTimeout(limit_of(timeout, where="timeout")),
            None if total_timeout is None else TotalTimeout(limit_of(total_timeout, where="total_timeout")),
            None if heartbeat is None else Heartbeat(limit_of(heartbeat, where="heartbeat")),
            None if on_error is None else OnError(on_error),
            cache,
            concurrency,
        )
        if policy is not None
    ]
    return make if fn is None else make(fn)
