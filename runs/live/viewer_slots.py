"""Who watches runs from this process just now: how many may, and whether each still may.

A socket or a stream takes a slot when it begins and leaves it when it ends. One task looks at all slots every
RECHECK_S, in a few queries for each CHUNK of them: a session that ended, a token that was revoked, an account that was
closed or a run that became another's ends what was shown within that time, however many watch.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Context
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone

from genisys.host import apart
from runs.access import Person, can_see
from runs.live.signed_in import people_of
from runs.models import ApiToken, Run
from runs.record.refused.refusals import cause_of, is_passing

RECHECK_S = 5.0
CHUNK = 500
RETRY_AFTER_S = 10

FULL_HERE = "This server shows runs to as many as it can. Try again a little later."
FULL_FOR_YOU = "You watch runs in as many places as one person may. Close some and try again."

log = structlog.get_logger("runs.live.viewer_slots")


class Full(Exception):
    """No slot is free: for nobody, or for this person. Its text is for people."""

    retry_after_s = RETRY_AFTER_S


class ViewerSlot:
    """One socket or stream. `runs` are those that it shows; `person` is refreshed at each look.

    `on_lost` is called with what may be shown no longer: ids of runs, or None for everything.
    """

    __slots__ = ("_on_lost", "person", "runs", "session_key", "token_id")

    def __init__(
        self, person: Person, session_key: str, token_id: int | None, on_lost: Callable[[set[str] | None], None]
    ) -> None:
        self.person = person
        self.session_key = session_key
        self.token_id = token_id
        self.runs: set[str] = set()
        self._on_lost = on_lost

    def lose(self, what: set[str] | None) -> None:
        self._on_lost(what)

    def leave(self) -> None:
        """Give the slot up. Doing it again does nothing."""
        if self in _taken:
            _taken.remove(self)
            _of_person[self.person.pk] -= 1
            if not _of_person[self.person.pk]:
                del _of_person[self.person.pk]
            if not _taken:
                _looking.stop()


_taken: set[ViewerSlot] = set()
_of_person: Counter[Any] = Counter()


def take(
    person: Person,
    *,
    session_key: str = "",
    token_id: int | None = None,
    on_lost: Callable[[set[str] | None], None],
) -> ViewerSlot:
    """Take a slot for somebody who is signed in by a session or a token. Raises Full."""
    if len(_taken) >= settings.GENISYS_VIEWERS_PER_PROCESS:
        raise Full(FULL_HERE)
    if _of_person[person.pk] >= settings.GENISYS_VIEWERS_PER_PERSON:
        raise Full(FULL_FOR_YOU)
    slot = ViewerSlot(person, session_key, token_id, on_lost)
    _taken.add(slot)
    _of_person[person.pk] += 1
    _looking.begin()
    return slot


class _Looking:
    """The task that looks again and again, while there are slots."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        if self._task is None or self._task.done():
            # Not in the context of the first reader, whose request's thread is lent on when they leave.
            self._task = asyncio.create_task(self._look(), context=Context())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            try:
                await recheck()
            except Exception:
                log.exception("viewer_slots.not_checked")


_looking = _Looking()


async def recheck() -> None:
    """Look at every slot once, and notify those that lost something."""
    slots = list(_taken)
    for first in range(0, len(slots), CHUNK):
        # A copy: a run that a slot begins to show during the look-up is not in its result, and would count as gone.
        shown = {slot: frozenset(slot.runs) for slot in slots[first : first + CHUNK]}

        async def look(
            some: Sequence[ViewerSlot], shown: dict[ViewerSlot, frozenset[str]] = shown
        ) -> dict[ViewerSlot, set[str] | None]:
            return dict(await _losses({slot: shown[slot] for slot in some}))

        lost, faults = await apart(list(shown), look, is_passing)
        for slot, error in faults.items():
            # Where it cannot be found out whether somebody still may, they may not.
            log.error("viewer_slot.not_checked", person=str(slot.person.pk), cause=cause_of(error))
        for slot, what in {**lost, **dict.fromkeys(faults)}.items():
            if slot in _taken:
                slot.lose(what)


@database_sync_to_async  # type: ignore[untyped-decorator]
def _losses(shown: Mapping[ViewerSlot, frozenset[str]]) -> list[tuple[ViewerSlot, set[str] | None]]:
    """Return the slots that may no longer show all they show, with what they lost."""
    by_session = people_of(slot.session_key for slot in shown if slot.session_key)
    tokens = {token.pk: token for token in _usable(slot.token_id for slot in shown if slot.token_id is not None)}
    runs = Run.objects.only("owner", "workflow").in_bulk(frozenset().union(*shown.values()))
    lost: list[tuple[ViewerSlot, set[str] | None]] = []
    for slot, its_runs in shown.items():
        token = tokens.get(slot.token_id) if slot.token_id is not None else None
        person = token.user if token is not None else by_session.get(slot.session_key)
        if person is None or person.pk != slot.person.pk:
            lost.append((slot, None))
            continue
        slot.person = person
        gone = {run for run in its_runs if run not in runs or not _still_shown(person, token, runs[run])}
        if gone:
            lost.append((slot, gone))
    return lost


def _still_shown(person: Person, token: ApiToken | None, run: Run) -> bool:
    return can_see(person, run) and (token is None or token.covers(run.workflow))


def _usable(ids: Iterable[int]) -> list[ApiToken]:
    now = timezone.now()
    found = ApiToken.objects.select_related("user").filter(pk__in=set(ids))
    return [token for token in found if token.usable(now) and token.user.is_active]
