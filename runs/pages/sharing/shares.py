"""Links that show one run to whoever holds them: made, listed, revoked, and what may be seen through them.

A link opens only while the person who made it may still share the run: with the right go its links. What a stranger
sees is drawn from `shown`, which names what is let through: all else is left out, and so is whatever events may come to
carry later.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from genisys import UserError
from genisys.host import new_state
from runs.access import Action, acan_control
from runs.models import LINK_PREFIX_LENGTH, Run, ShareLink, digest_of
from runs.rules import audit
from runs.rules.audit import Actor

NOTE_USE_EVERY = timedelta(minutes=1)
LINKS_PER_RUN = 20

State = dict[str, Any]

_SHOWN = (
    "seq",
    "run_status",
    "workflow",
    "title",
    "queued_at",
    "started_at",
    "ended_at",
    "status_text",
    "progress",
    "blocks",
    "block_order",
    "items",
    "item_order",
    "output",
    "models",
)


class LinkClosed(Exception):
    """The link was good once. Its text is for people."""


async def make(run: Run, actor: Actor, lasts: timedelta) -> tuple[ShareLink, str]:
    """Create a link to the run. Its secret is returned here only: the database keeps a digest.

    Raises UserError where the run has as many open links as it may.
    """
    maker: Any = actor.user
    now = timezone.now()
    if await ShareLink.objects.filter(run=run, revoked_at=None, expires_at__gt=now).acount() >= LINKS_PER_RUN:
        raise UserError(f"This run has {LINKS_PER_RUN} links that are open. Revoke one first.")
    secret = secrets.token_urlsafe(32)
    link = await ShareLink.objects.acreate(
        run=run,
        created_by=maker,
        prefix=secret[:LINK_PREFIX_LENGTH],
        digest=digest_of(secret),
        expires_at=now + lasts,
    )
    await audit.record(actor, Action.SHARE, run, link=link.prefix, expires_at=link.expires_at.isoformat())
    return link, secret


async def revoke(link: ShareLink, actor: Actor) -> bool:
    """Close the link now; return whether it was open. A page that shows it is closed within seconds."""
    was_open = bool(await ShareLink.objects.filter(pk=link.pk, revoked_at=None).aupdate(revoked_at=timezone.now()))
    if was_open:
        await audit.record(actor, Action.SHARE, link.run, revoked=link.prefix)
    return was_open


def links_of(run: Run) -> list[ShareLink]:
    """Return the run's open links, latest first."""
    open_links = ShareLink.objects.filter(run=run, revoked_at=None, expires_at__gt=timezone.now())
    return list(open_links.select_related("created_by"))


async def opened(secret: str) -> Run | None:
    """Return the run that the link shows; None where there was never such a link.

    Raises LinkClosed where it has expired or was revoked, or its maker may no longer share the run.
    """
    now = timezone.now()
    found = ShareLink.objects.select_related("run__owner", "created_by").filter(digest=digest_of(secret))
    link = await found.afirst()
    if link is None:
        return None
    if link.expires_at <= now:
        raise LinkClosed("This link has expired.")
    if not link.usable(now) or not await acan_control(link.created_by, link.run):
        raise LinkClosed("This link was revoked.")
    if link.last_used_at is None or now - link.last_used_at > NOTE_USE_EVERY:
        await ShareLink.objects.filter(pk=link.pk).aupdate(last_used_at=now)
    return link.run


def shown(state: State) -> State:
    """Return what of a run's fold a stranger may see, as a fold. Pure.

    The work and how far it is. Not its steps, nor what was put in, asked, paid or waited for, nor what went wrong.
    """
    return {**new_state(), **{name: state[name] for name in _SHOWN}}
