"""Runs that give one odd value, or raise one odd exception, in one place, and keep what the other side got."""

from __future__ import annotations

import inspect
from collections import defaultdict
from typing import Any

from pydantic import BaseModel, Field, create_model

from genisys import Component, Retry, StepFailed, Workflow, component, gather, publish, run_id, status, workflow
from tests.values.given import ROWS, Given
from tests.values.raised import CAUSES

PLACES = ("argument", "result", "status", "publish", "output")
RAISING = ("component", "inner", "gather", "on_error", "workflow")

seen: defaultdict[str, list[Any]] = defaultdict(list)
"""What the other side of an argument or a result got, by run, once for each attempt."""
caught: defaultdict[str, list[StepFailed]] = defaultdict(list)
"""What the workflow caught of its components, by run, once for each attempt."""


class Asked(BaseModel):
    """Which row, and in which place of it."""

    row: str
    place: str


class Output(BaseModel):
    value: Any = None


@component
async def mark() -> None:
    """Where a run in memory may be killed."""


async def in_its_place(given: Given, place: str, value: Any) -> Any:
    """Return the value in that place; return what the workflow is to return."""
    if place == "argument":
        await _takes(given)(value)
    elif place == "result":
        seen[_run()].append(await _gives(given, value)())
        await mark()
    elif place == "status":
        await _says(lambda: status(value))
    elif place == "publish":
        await _says(lambda: publish("odd", value))
    else:
        return value
    return None


def _run() -> str:
    found = run_id()
    assert found is not None
    return found


def _takes(given: Given) -> Component[[Any], None]:
    async def takes(value: Any) -> None:
        seen[_run()].append(value)
        await mark()

    takes.__annotations__["value"] = given.hint
    return component(takes)


def _gives(given: Given, value: Any) -> Component[[], Any]:
    async def gives() -> Any:
        return value

    gives.__annotations__["return"] = given.hint
    return component(gives)


async def _says(act: Any) -> None:
    @component
    async def says() -> None:
        act()

    await says()
    await mark()


def _flow_of(name: str, output: type[BaseModel]) -> Workflow[[Asked], Any]:
    async def body(asked: Asked) -> Any:
        given = ROWS[asked.row]
        value = given.make()
        try:
            return output.model_construct(value=await in_its_place(given, asked.place, value))
        finally:
            if inspect.iscoroutine(value):
                value.close()

    body.__annotations__["return"] = output
    return workflow(name=name)(body)


_ANY = _flow_of("odd-values", Output)
_OUTPUTS = {
    given.told: _flow_of(f"odd-values-{n}", create_model("Output", value=(given.hint, Field(default=None))))
    if given.hinted
    else _ANY
    for n, given in enumerate(ROWS.values())
}
"""The workflow that returns a row's value: its result has a field of the row's type."""


def flow_of(row: str, place: str) -> Workflow[[Asked], Any]:
    """Return the workflow that gives the row's value in that place."""
    return _OUTPUTS[row] if place == "output" else _ANY


class Nothing(BaseModel):
    pass


@component(retry=Retry(attempts=2, base=0))
async def fails(row: str) -> None:
    await CAUSES[row].happen()


@component
async def holds(row: str) -> None:
    await fails(row)


async def _instead(error: Exception, row: str) -> None:
    await CAUSES[row].happen()


@component(on_error=_instead)
async def falls_back(row: str) -> None:
    raise ValueError("the first")


@component
async def fine(n: int) -> int:
    return n


@workflow(name="odd-exceptions")
async def odd_exceptions(asked: Asked) -> Nothing:
    if asked.place == "workflow":
        await CAUSES[asked.row].happen()
        raise AssertionError("nothing was raised")
    try:
        await _failing(asked)
    except StepFailed as error:
        caught[_run()].append(error)
        await mark()
        raise
    return Nothing()


async def _failing(asked: Asked) -> None:
    if asked.place == "component":
        await fails(asked.row)
    elif asked.place == "inner":
        await holds(asked.row)
    elif asked.place == "gather":
        await gather(fine(1), fails(asked.row))
    else:
        await falls_back(asked.row)
