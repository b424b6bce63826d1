"""Policies: what surrounds a component's body. A component calls them in the order of their rank and knows no kind.

A policy gets the call and `proceed`, which runs all that is inside it, and returns the result. It may call `proceed`
never (a cache), once, or again and again (a retry). What it must know after a crash it stores with
`call.step.remember`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ..core.registry import AnyComponent
from ..execution.steps import OpenStep

Proceed = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a component: its open step and its arguments, as they are and as JSON data."""

    step: OpenStep
    component: AnyComponent
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    data: dict[str, Any]


class Policy(Protocol):
    """One kind of policy. A component has at most one of each `rank`; the smallest rank is outermost."""

    rank: ClassVar[int]

    async def run(self, call: Call, proceed: Proceed) -> Any: ...


Policies = tuple[Policy, ...]


def with_policy(policies: Policies, policy: Policy) -> Policies:
    """Return the policies with `policy`, which replaces the one of its rank."""
    return tuple(sorted([*(each for each in policies if each.rank != policy.rank), policy], key=lambda each: each.rank))


def without_rank(policies: Policies, rank: int) -> Policies:
    return tuple(each for each in policies if each.rank != rank)


def surround(policies: Iterable[Policy], call: Call, body: Proceed) -> Proceed:
    """Return `body` with the policies around it, the first one outermost."""
    for policy in reversed(tuple(policies)):
        body = _layer(policy, call, body)
    return body


def _layer(policy: Policy, call: Call, inner: Proceed) -> Proceed:
    return lambda: policy.run(call, inner)
