"""Links that show one post to whoever holds them: made, opened, revoked. Of the secret only a digest is kept."""

from __future__ import annotations

import secrets

from django.utils import timezone

from agents.models import Post, PostLink
from genisys import UserError
from runs.models import digest_of

MOST = 20


def make(post: Post) -> tuple[PostLink, str]:
    """Return a new link and its secret, which is told this once. Raises UserError where there are too many."""
    if post.links.filter(revoked_at=None).count() >= MOST:
        raise UserError(f"This post has {MOST} links that are open. Revoke one first.")
    secret = secrets.token_urlsafe(32)
    link: PostLink = post.links.create(prefix=secret[:8], digest=digest_of(secret))
    return link, secret


def opened(secret: str) -> Post | None:
    """Return the post that the link shows; None where it was revoked or never was, or its owner is shut out."""
    found = PostLink.objects.select_related("post__owner", "post__site").filter(digest=digest_of(secret))
    link = found.filter(revoked_at=None, post__owner__is_active=True).first()
    return None if link is None else link.post


def revoke(post: Post, link_id: int) -> bool:
    """Close a link of the post for good; return whether there was one that was open."""
    return bool(post.links.filter(pk=link_id, revoked_at=None).update(revoked_at=timezone.now()))
