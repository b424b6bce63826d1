"""What a deployment's code holds, as far as runs depend on it: its workflows and its components, with their versions.

Every worker registers it when it starts, so that a run's fate under other code is known before that code runs it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..core import registry
from ..core.codec import digest
from ..store.runs import Store


@dataclass(frozen=True, slots=True)
class Manifest:
    """A deployment's code. `workflows` and `components` map names to code versions; a name may have several bodies.

    `inputs` maps a workflow to the JSON Schema of its input, `digests` to that schema's digest.
    """

    workflows: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    components: dict[str, list[str]] = field(default_factory=dict)

    @property
    def digests(self) -> dict[str, str]:
        return {name: digest(schema) for name, schema in self.inputs.items()}

    def as_json(self) -> dict[str, Any]:
        return {"workflows": self.workflows, "inputs": self.inputs, "components": self.components}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Manifest:
        return cls(data["workflows"], data["inputs"], data["components"])


def manifest_here() -> Manifest:
    """Return the manifest of what this process has imported."""
    workflows = registry.workflows()
    versions: dict[str, set[str]] = {}
    for component in registry.components():
        versions.setdefault(component.name, set()).add(component.version)
    return Manifest(
        workflows={name: workflow.version for name, workflow in sorted(workflows.items())},
        inputs={name: workflow.input_schema() for name, workflow in sorted(workflows.items())},
        components={name: sorted(versions[name]) for name in sorted(versions)},
    )


async def register(store: Store, deployment: str) -> None:
    """Make this process's deployment known, with what its code holds."""
    await store.deployments.register(deployment, manifest_here().as_json())
