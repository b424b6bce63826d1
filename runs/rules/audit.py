"""The record of who did what to which run, and why. Looking is not written down; everything that changes a run is.

An entry is written after the action: what was refused or failed was not done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runs.access import Action, Person
from runs.models import AuditEntry, Run

Via = AuditEntry.Via


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something to a run: the person, the door they came through, and why, where they say so.

    `user` is None where a signed address or a command without a person acts.
    """

    user: Person | None
    via: Via
    why: str = ""
    token_name: str = ""

    def name_for(self, run: Run) -> str:
        """Return the name that the run's readers see: "" for its owner; staff and terminals are not named."""
        if self.user is None:
            return "An administrator"
        return "" if self.user.pk == run.owner_id else "An administrator"


async def record(actor: Actor, action: Action | str, run: Run | None, **detail: Any) -> None:
    """Write down what was done. `detail` is JSON and holds no secret."""
    known = actor.user is not None and actor.user.is_authenticated
    await AuditEntry.objects.acreate(
        actor_id=actor.user.pk if known and actor.user else None,
        actor_name=_name_of(actor.user)[:254] if known else "",
        via=actor.via,
        token_name=actor.token_name[:100],
        action=str(action),
        run_id=run.pk if run is not None else "",
        why=actor.why.strip()[:500],
        detail=detail,
    )


def _name_of(user: Any) -> str:
    return str(user.email or user.get_username())
