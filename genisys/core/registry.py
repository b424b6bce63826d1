"""The workflows that this process knows, by name, and its components. They register themselves when they are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakSet

from pydantic import BaseModel

from ..errors import UnknownWorkflow


class AnyComponent(Protocol):
    """A component, as code that neither makes nor calls it sees it."""

    name: str

    @property
    def hints(self) -> dict[str, Any]: ...
    @property
    def version(self) -> str: ...


class AnyWorkflow(AnyComponent, Protocol):
    """A workflow: what an attempt, a manifest and the sealing of an input need of it."""

    body: Callable[..., Any]

    @property
    def input_type(self) -> type[BaseModel]: ...
    @property
    def output_type(self) -> type[BaseModel]: ...
    def input_schema(self) -> dict[str, Any]: ...


_workflows: dict[str, AnyWorkflow] = {}
_components: WeakSet[AnyComponent] = WeakSet()


def add(workflow: AnyWorkflow) -> None:
    """Register a workflow. Raises ValueError where another function has its name."""
    known = _workflows.get(workflow.name)
    if known is not None and known.body.__qualname__ != workflow.body.__qualname__:
        raise ValueError(f"Two workflows are named {workflow.name!r}: {known.body!r} and {workflow.body!r}")
    _workflows[workflow.name] = workflow


def note(component: AnyComponent) -> None:
    """Remember the component for as long as anything refers to it."""
    _components.add(component)


def components() -> list[AnyComponent]:
    """Return all components that anything in this process refers to, workflows too."""
    return list(_components)


def workflows() -> dict[str, AnyWorkflow]:
    """Return all registered workflows by name."""
    return dict(_workflows)


def find(name: str) -> AnyWorkflow:
    """Return the workflow of that name. Raises UnknownWorkflow."""
    try:
        return _workflows[name]
    except KeyError:
        known = ", ".join(sorted(_workflows)) or "none"
        raise UnknownWorkflow(f"No workflow is named {name!r} here. Known: {known}.") from None
