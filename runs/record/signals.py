"""Signals of the record, for products that keep rows of their own beside a run."""

from django.dispatch import Signal

run_finished = Signal()
"""A run ended and its record is written. Sent with `run` (the Run row) and `state` (the fold of its log, which is empty
but for `run_status` where the log could not be archived).

Sent inside the transaction that writes the record: what a receiver writes through the ORM is there together
with the record or not at all. A receiver that raises loses its own writes, is logged, and holds up nothing.
A run that is retried ends, and sends, again; so a receiver sets what is, rather than counting.
"""

clock_ticked = Signal()
"""A minute has passed for the control plane: products do what is due. Sent by every control, so a receiver takes what
it does from the others first; outside of any transaction. One that raises is logged, and holds up nothing.
"""

turn_given = Signal()
"""Control gives a turn, every few seconds, to whoever has work that no request may wait for: a receiver does a piece of
it, for seconds at most, and has the next one at its next turn. Sent by every control, and outside of any transaction,
as `clock_ticked` is. One that raises is logged, and holds up nothing.
"""
