"""The workflows that this process knows, by name, and its components. They register themselves when they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from .errors import UnknownWorkflow

if TYPE_CHECKING:
    from ._component import Component, Workflow

_workflows: dict[str, Workflow[Any, Any]] = {}
_components: WeakSet[Component[..., Any]] = WeakSet()


def add(workflow: Workflow[Any, Any]) -> None:
    """Register a workflow. Raises ValueError where another function has its name."""
    known = _workflows.get(workflow.name)
    if known is not None and known.body.__qualname__ != workflow.body.__qualname__:
        raise ValueError(f"Two workflows are named {workflow.name!r}: {known.body!r} and {workflow.body!r}")
    _workflows[workflow.name] = workflow


def note(component: Component[..., Any]) -> None:
    """Keep the component in mind for as long as somebody holds it."""
    _components.add(component)


def components() -> list[Component[..., Any]]:
    """Give all components that are held somewhere in this process, workflows too."""
    return list(_components)


def workflows() -> dict[str, Workflow[Any, Any]]:
    """Give all registered workflows by name."""
    return dict(_workflows)


def find(name: str) -> Workflow[Any, Any]:
    """Give the workflow of that name. Raises UnknownWorkflow."""
    try:
        return _workflows[name]
    except KeyError:
        known = ", ".join(sorted(_workflows)) or "none"
        raise UnknownWorkflow(f"No workflow is named {name!r} here. Known: {known}.") from None
