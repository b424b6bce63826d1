"""Who may see a post: its owner, and staff. For anyone else it does not exist."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from agents.models import Post


def visible_posts(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Post]:
    """The posts this person may open."""
    if not user.is_authenticated or not user.is_active:
        return Post.objects.none()
    if getattr(user, "is_staff", False):
        return Post.objects.all()
    return Post.objects.filter(owner_id=user.pk)
