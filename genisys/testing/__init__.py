"""The testing kit: run a whole workflow in memory, crash it where you like, and see what was done again.

report = await run_in_memory(my_workflow, Request(...), crash_after={"summarise": 3})
assert report.output == ... and report.bodies_run["summarise"] == 3

Beside it: `genisys.testing.redis` for tests over a real Redis, `genisys.testing.attempts` for attempts at a run by
hand, and the pytest plugin with its fixtures, which needs no import.
"""

from ..execution.execution import Ending, Execution
from .chaos import ChaosReport, survives
from .clock import Clock
from .memory.blobs import MemoryBlobs
from .memory.store import MemoryStore
from .provider import FakeProvider, grounded_responder
from .running import Crash, Report, run_in_memory

__all__ = [
    "ChaosReport",
    "Clock",
    "Crash",
    "Ending",
    "Execution",
    "FakeProvider",
    "MemoryBlobs",
    "MemoryStore",
    "Report",
    "grounded_responder",
    "run_in_memory",
    "survives",
]
