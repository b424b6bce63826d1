"""The pytest plugin: installed with the library, it gives every test suite these fixtures.

`genisys_clock`: a clock that the test moves, which is the library's time while the test runs.
`genisys_chaos`: `await genisys_chaos(my_workflow, Request(...))` runs the workflow with every fault at every step
boundary (see `genisys.testing.chaos`). With `--genisys-redis-url` it does so over that Redis, and checks that no key is
left behind there without an end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from ..core import clock as _clock
from ..redis_io.leaks import leaked_keys
from ..store.runs import Store
from .chaos import ChaosReport, survives
from .clock import Clock


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("genisys")
    group.addoption("--genisys-redis-url", default="", help="the Redis over which genisys_chaos runs workflows")


@pytest.fixture
def genisys_clock() -> Iterator[Clock]:
    # A fixture may end in another context than it began in, where the token cannot reset the clock.
    clock = Clock()
    _clock.current.set(clock)
    yield clock
    _clock.current.set(None)


@pytest.fixture
def genisys_chaos(request: pytest.FixtureRequest) -> Callable[..., Awaitable[ChaosReport]]:
    url = request.config.getoption("--genisys-redis-url")

    async def chaos(*arguments: Any, **options: Any) -> ChaosReport:
        if not url:
            return await survives(*arguments, **options)
        store = Store(url)
        try:
            report = await survives(*arguments, store=store, **options)
        finally:
            await store.close()
        leaked = await leaked_keys(url)
        assert not leaked, f"keys without an end: {leaked}"
        return report

    return chaos
