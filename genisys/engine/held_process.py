"""A run whose code let nothing else in its worker's process run, so that the process had to be ended."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import StepFailed

SILENCED_TWICE = 2
"""How many processes a run may cost in this way before it is stopped."""


@dataclass(frozen=True, slots=True)
class Held:
    """Which run held the worker, in which step (a component's name, "" in the workflow's own body), and how long."""

    run_id: str
    step: str
    seconds: float

    @property
    def sentence(self) -> str:
        step = f"The step “{self.step}”" if self.step else "The workflow's own code"
        return f"{step} held the worker for {self.seconds:.0f} s and let nothing else run."

    def failure(self) -> StepFailed:
        """Return the failure with which the run is stopped."""
        return StepFailed(
            f"{self.sentence} It did so before, and its process was ended each time. The run was stopped so that "
            "it does no more harm. What was done before is kept; retry it when the cause is mended.",
            kind="WorkerHeld",
            step_name=self.step,
            permanent=True,
        )
