"""An attempt at a run, as the steps inside it see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..journal.held_steps import HeldSteps
from ..secrets.keyring import KeyRing
from ..secrets.run_secrets import RunSecrets
from ..store.protocol import RunStore
from ..store.records import Lease, RunMeta
from .log_writer import LogWriter
from .waits import Waits


class RunContext(Protocol):
    """What a step may ask of the attempt that it is part of. `Execution` is its only implementation."""

    store: RunStore
    lease: Lease
    workflow: str
    meta: RunMeta
    journal: dict[str, bytes]
    held: HeldSteps
    inbox: dict[str, bytes]
    waits: Waits
    writer: LogWriter
    ring: KeyRing
    secrets: RunSecrets | None
    objects: dict[str, Any]
    steps_begun: int

    def boundary(self) -> None:
        """The place between two steps where a run can be left. Raises the pending interrupt."""
        ...

    def one_of_a_name(self, name: str, body: Callable[..., Any]) -> None:
        """Raise ValueError where another component has that name in this run."""
        ...

    def inbox_has(self, field: str) -> bool:
        """Return whether the run was sent something under that name."""
        ...

    def step_digest(self, input: Any, key: str | None) -> str:
        """Return what names a step's input in its key: its digest, or what the component's own `key` returned."""
        ...

    def shared_digest(self, data: Any) -> str:
        """Return a name of JSON data that is the same in all runs."""
        ...

    def packed(self, data: Any, *, where: str) -> bytes:
        """Return JSON data as bytes for `opened`, sealed where the run has secrets."""
        ...

    def opened(self, raw: bytes) -> Any:
        """Return the data that `packed` wrote. Raises SecretError."""
        ...

    def learn(self, values: set[str]) -> None:
        """Hide these secrets from now on, wherever in the run they appear. Raises SecretError."""
        ...

    def hidden(self, data: Any) -> Any:
        """Return JSON data without the run's secrets."""
        ...

    def memory_of(self, key: str) -> dict[str, Any]:
        """Return what the step has remembered of itself, {} where that is nothing."""
        ...

    async def recorded(self, key: str) -> Any:
        """Return the record of a finished step. Raises LeaseLost where a Redis that was restarted has lost it."""
        ...

    def said(self, key: str) -> int:
        """Return how many emissions of that scope's body the log already holds."""
        ...
