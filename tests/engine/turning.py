"""What a worker knows of the code that turns its loop: whose it is, and in which step; and what it holds of its run.

No face gives it: it is there for the sentence about a worker that is held up, which the tests of fleets see as a whole,
and for a worker's memory, which only a run of thousands of steps would show.
"""

from __future__ import annotations

# As said above: no face gives these, and a whole worker shows only the sentence made of them.
from genisys.execution.containment import task_in_run
from genisys.execution.turns import Board, Turns, here  # as above
from genisys.fleet.stall import where  # as above
from genisys.journal.held_steps import HeldSteps  # as above

__all__ = ["Board", "HeldSteps", "Turns", "here", "task_in_run", "where"]
