"""Workflows: components that are entry points. Each takes one pydantic model and returns one, under its own name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import DEFAULT_REF_TEMPLATE

from ..core import registry
from ..core.definitions import check_workflow_name
from ..core.json_schema import schema_of
from .component import Component, P, R


class Workflow(Component[P, R]):
    """A component that is an entry point: it takes one pydantic model and returns one. Registered under its name."""

    @property
    def input_type(self) -> type[BaseModel]:
        name = next(iter(self.signature.parameters))
        return self.hints[name]  # type: ignore[no-any-return]

    @property
    def output_type(self) -> type[BaseModel]:
        return self.hints["return"]  # type: ignore[no-any-return]

    def input_schema(self, ref_template: str = DEFAULT_REF_TEMPLATE) -> dict[str, Any]:
        """Return the JSON Schema of the workflow's input. What has none is described as anything; never raises."""
        return schema_of(self.input_type, ref_template=ref_template)

    def output_schema(self, ref_template: str = DEFAULT_REF_TEMPLATE) -> dict[str, Any]:
        """Return the JSON Schema of the workflow's result, in the same way."""
        return schema_of(self.output_type, "serialization", ref_template=ref_template)

    def title_for(self, request: BaseModel) -> str:
        """Return the title of a run with this request."""
        return self._title_of((request,), {}) or self.name


def workflow(
    *, name: str, title: Callable[..., str] | None = None, version: str = ""
) -> Callable[[Callable[P, Awaitable[R]]], Workflow[P, R]]:
    """Make a workflow of an async function that takes one pydantic model and returns one, and register it."""

    def make(body: Callable[P, Awaitable[R]]) -> Workflow[P, R]:
        check_workflow_name(name)
        made = Workflow(body, name=name, title=title, version=version)
        parameters = list(made.signature.parameters)
        if len(parameters) != 1 or "return" not in made.hints:
            raise TypeError(
                f"Workflow {name!r} must take one pydantic model and return one: "
                "`async def f(request: Request) -> Result`"
            )
        for hint in (made.input_type, made.output_type):
            if not (isinstance(hint, type) and issubclass(hint, BaseModel)):
                raise TypeError(f"Workflow {name!r}: {hint!r} is not a pydantic model")
        registry.add(made)
        return made

    return make


def workflows() -> dict[str, Workflow[Any, Any]]:
    """Return all workflows that this process has imported, by name."""
    return cast(dict[str, Workflow[Any, Any]], registry.workflows())


def find_workflow(name: str) -> Workflow[Any, Any]:
    """Return the workflow of that name. Raises UnknownWorkflow."""
    return cast(Workflow[Any, Any], registry.find(name))
