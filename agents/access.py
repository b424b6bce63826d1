"""Who may see a post: its owner, and staff. For anyone else it does not exist. Only its owner has it written."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from agents.models import Blog, Post
from ingestion.models import Page
from runs.models import Run


def visible_posts(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Post]:
    """Return the posts this person may open."""
    if not user.is_authenticated or not user.is_active:
        return Post.objects.none()
    if getattr(user, "is_staff", False):
        return Post.objects.all()
    return Post.objects.filter(owner_id=user.pk)


def own_posts(owner_id: int | None) -> QuerySet[Post]:
    """Return the posts of this person: what lists show, and what their runs write into."""
    return Post.objects.filter(owner_id=owner_id)


def run_of(post: Post) -> QuerySet[Run]:
    """Return the run that writes this post, where it is of the post's owner."""
    return Run.objects.filter(pk=post.run_id, owner_id=post.owner_id)


def own_blogs(owner_id: int | None) -> QuerySet[Blog]:
    """Return the blogs of this person: nobody else, staff neither, sees them or hands a post over to them."""
    return Blog.objects.filter(owner_id=owner_id)


def own_pages(owner_id: int | None) -> QuerySet[Page]:
    """Return the pages of this person's sites: what a post of theirs may link to."""
    return Page.objects.filter(site__owner_id=owner_id)
