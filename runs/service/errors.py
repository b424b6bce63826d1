"""Why a run was not started, forked or changed, in a sentence for people."""

from __future__ import annotations

from genisys import UserError

REDIS_AWAY = "The store of runs in flight does not answer just now. Nothing was changed; try again in a minute."
TOO_OLD_TO_FORK = (
    "This run ended too long ago to go on from: its unfinished state was cleared away, and only the record is kept. "
    "Start it again as a new run."
)


class IdempotencyConflict(UserError):
    """The key was used before, for something else."""


class NothingToForkFrom(UserError):
    """What a fork shares with its source has left Redis."""


class NoSuchStep(UserError):
    """The run has no finished step of that key."""
