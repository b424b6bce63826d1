"""What a hand-over takes from the database and puts there; only rows of the run's owner (`runs.rules.owned`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from agents import models
from agents.destinations.delivery import Known
from agents.destinations.destination import Draft, Remote
from agents.export.page import fragment_of
from agents.handover.requests import HandedOver
from agents.presenting.shown import about
from genisys import SecretError, UserError
from genisys.host import KeyRing
from ingestion.models import Page
from runs.rules.owned import Mine, for_run_owner


@dataclass(frozen=True, slots=True)
class Task:
    """A hand-over to be done. It has the secret in clear, so it is in no journal: a step makes it and uses it."""

    kind: str
    address: str
    user: str
    secret: str = field(repr=False)
    draft: Draft
    version: int
    known: Known


@for_run_owner
def task_of(mine: Mine, post_id: str, blog_id: str) -> Task:
    """Return what is to be sent where, and what is known of it. Raises UserError."""
    post, blog = mine.one(models.Post, post_id), mine.one(models.Blog, blog_id)
    if not post.markdown:
        raise UserError("This post has no text yet. Wait for its run, or start that again.")
    try:
        secret = str(KeyRing(settings.GENISYS_SECRETS).open(blog.sealed_secret))
    except SecretError as error:
        raise UserError(
            f"What lets us write to {blog} was sealed with a key that is no longer set. Add the blog again."
        ) from error
    row = mine(models.HandOver).filter(post=post, blog=blog).first()
    return Task(
        kind=blog.kind,
        address=blog.address,
        user=blog.user,
        secret=secret,
        draft=_draft(mine, post),
        version=post.version,
        known=Known() if row is None else _known(row, mine.run_id),
    )


@for_run_owner
def intend(mine: Mine, post_id: str, blog_id: str, known: Known) -> None:
    """Write down what is about to be sent, so that whoever tries again can tell whether it arrived."""
    post, blog = mine.one(models.Post, post_id), mine.one(models.Blog, blog_id)
    fields = known.model_dump(exclude={"unsure"})
    post.hand_overs.update_or_create(blog=blog, defaults={**fields, "sent_by": mine.run_id})


@for_run_owner
def keep(mine: Mine, post_id: str, blog_id: str, remote: Remote, version: int) -> HandedOver:
    """Write down what stands in the blog now."""
    post, blog = mine.one(models.Post, post_id), mine.one(models.Blog, blog_id)
    row = post.hand_overs.get(blog=blog)
    is_new = row.remote_id != remote.id
    row.remote_id, row.changed, row.seen, row.slug = remote.id, remote.changed, None, remote.slug[:100]
    row.version, row.edit_url, row.handed_at = version, remote.edit_url, timezone.now()
    row.save()
    return HandedOver(post_id=str(post.pk), blog=str(blog), edit_url=remote.edit_url, version=version, is_new=is_new)


def _known(row: models.HandOver, run_id: str) -> Known:
    return Known(
        remote_id=row.remote_id,
        changed=row.changed,
        seen=row.seen,
        slug=row.slug,
        unsure=row.sent_by == run_id,
    )


def _draft(mine: Mine, post: models.Post) -> Draft:
    shown = about(post, mine(Page))
    return Draft(
        title=str(post),
        html=fragment_of(post.markdown, [(page.url, page.title) for page in shown.related]),
        slug=shown.slug if shown.slug.isascii() and shown.slug else f"post-{post.pk.hex[:8]}",
        description=shown.description,
        excerpt=shown.excerpt,
    )
