"""The names of a journal's fields: the one place that writes them.

<key>       a finished step's record
!<key>      what a step, or a checkpoint, remembers of itself
=<key>      the input that a fork gave a step in place of its own
~<key>      how many emissions of that scope's body the log holds
@input      the run's input
@output     its result
@secrets    its secret values, sealed
@fault      the traceback of a fault outside every step, which ended the run
"""

from __future__ import annotations

INPUT = "@input"
OUTPUT = "@output"
SECRETS = "@secrets"
FAULT = "@fault"

_MARKS = "@~!="


def is_step(field: str) -> bool:
    """Return whether a journal field is a step's record."""
    return field[0] not in _MARKS


def memory_of(key: str) -> str:
    return f"!{key}"


def is_memory(field: str) -> bool:
    return field[0] == "!"


def given_to(key: str) -> str:
    return f"={key}"


def is_given(field: str) -> bool:
    return field[0] == "="


def emitted_by(key: str) -> str:
    return f"~{key}"
