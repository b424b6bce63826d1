"""The testing kit: run a whole workflow in memory, crash it where you like, and see what was done again.

report = await run_in_memory(my_workflow, Request(...), crash_after={"summarise": 3})
assert report.output == ... and report.bodies_run["summarise"] == 3
"""

from ._clock import Clock
from ._memory import MemoryStore
from ._run import Crash, Report, run_in_memory
from .chaos import ChaosReport, survives
from .provider import FakeProvider, grounded_responder

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
