"""The testing kit: run a whole workflow in memory, crash it where you like, and see what was done again.

report = await run_in_memory(my_workflow, Request(...), crash_after={"summarise": 3})
assert report.output == ... and report.bodies_run["summarise"] == 3
"""

from .chaos import ChaosReport, survives
from .clock import Clock
from .memory.store import MemoryStore
from .provider import FakeProvider, grounded_responder
from .running import Crash, Report, run_in_memory

__all__ = [
    "ChaosReport",
    "Clock",
    "Crash",
    "FakeProvider",
    "MemoryStore",
    "Report",
    "grounded_responder",
    "run_in_memory",
    "survives",
]
