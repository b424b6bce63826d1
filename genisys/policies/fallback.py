"""The error boundary: what a component returns when everything else has failed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.definitions import check_function
from ..errors import describe
from .policy import Call, Proceed


@dataclass(frozen=True, slots=True)
class OnError:
    """Return `instead(error, *args, **kwargs)` in place of a body that failed for good; the step records the error.

    `instead` may be an async function. The step counts as completed; what `instead` raises is its failure.
    """

    rank: ClassVar[int] = 10

    instead: Callable[..., Any]

    def __post_init__(self) -> None:
        check_function(self.instead, where="on_error", write="on_error=lambda error, page: None")
        if self.instead is None:
            raise TypeError("on_error: give the function that gives a result in place of the error")

    async def run(self, call: Call, proceed: Proceed) -> Any:
        try:
            return await proceed()
        except Exception as error:
            given = self.instead(error, *call.args, **call.kwargs)
            result = await given if inspect.isawaitable(given) else given
            hide = call.step.scope.execution.hidden if call.step.scope is not None else lambda data: data
            call.step.fell_back(describe(error, hide))
            return result
