"""The posts that were written, and the sources each of them cites.

A post's row exists from the moment it is asked for; its text comes when its run has finished. The run, with
its steps and its stream, is the business of `runs`; the pages cited are that of `ingestion`.
"""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify


class Post(models.Model):
    """One post. `parts` says of each section who wrote it and what the check took out of it.

    `evidence` are the cited passages as they were then, `claims` how each sentence stands to them (the shapes are those
    of `agents.editing.evidence`), `version` the number of the version that the text is. `dead_links` led nowhere
    when they were last asked for (`agents.post.links.DeadLink`).
    """

    OWNED_THROUGH = "owner"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts")
    site = models.ForeignKey("ingestion.Site", null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    run_id = models.CharField(max_length=36, blank=True, db_index=True)
    topic = models.CharField(max_length=300)
    title = models.CharField(max_length=300, blank=True)
    markdown = models.TextField(blank=True)
    parts = models.JSONField(default=list)
    models_used = models.JSONField(default=list)
    extracts = models.PositiveIntegerField(default=0)
    evidence = models.JSONField(default=list, blank=True, db_default=[])
    claims = models.JSONField(default=list, blank=True, db_default=[])
    version = models.PositiveIntegerField(default=0, db_default=0)
    dead_links = models.JSONField(default=list, blank=True, db_default=[])
    links_checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["owner", "-created_at"], name="agents_post_owner_created"),)

    def __str__(self) -> str:
        return self.title or self.topic

    def get_absolute_url(self) -> str:
        return reverse("agents:detail", args=[self.pk])

    @property
    def file_name(self) -> str:
        """Return the name of the downloaded file."""
        return f"{slugify(str(self))[:80] or 'post'}.md"


class Citation(models.Model):
    """A page that the post cites. Address and title are kept as they were: the page may change or go."""

    OWNED_THROUGH = "post__owner"

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="citations")
    number = models.PositiveIntegerField()
    url = models.URLField(max_length=2000)
    title = models.CharField(max_length=500)
    passage_ids = models.JSONField(default=list)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["post", "number"], name="agents_citation_number_in_post"),)

    def __str__(self) -> str:
        return f"[{self.number}] {self.title}"


class PostVersion(models.Model):
    """The post's text at one time: by whom, when and why. `made_by` is null for a run's, which `run_id` names."""

    OWNED_THROUGH = "post__owner"

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    markdown = models.TextField()
    claims = models.JSONField(default=list)
    why = models.CharField(max_length=300, blank=True)
    run_id = models.CharField(max_length=36, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=["post", "number"], name="agents_version_number_of_post"),)

    def __str__(self) -> str:
        return f"Version {self.number}"


class PostLink(models.Model):
    """A link that shows the post to whoever holds it, until it is revoked. Of its secret a digest is kept."""

    OWNED_THROUGH = "post__owner"

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="links")
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Blog(models.Model):
    """A person's blog elsewhere, to which posts are handed over as drafts.

    What lets us write there is kept sealed, and shown to nobody: an application password of `user` (WordPress), or an
    Admin API key (Ghost).
    """

    class Kind(models.TextChoices):
        WORDPRESS = "wordpress", "WordPress"
        GHOST = "ghost", "Ghost"

    OWNED_THROUGH = "owner"
    MOST_OF_A_PERSON = 20

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blogs")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    address = models.URLField(max_length=1000)
    user = models.CharField(max_length=200, blank=True)
    sealed_secret = models.TextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (models.UniqueConstraint(fields=["owner", "kind", "address"], name="agents_blog_of_owner"),)

    def __str__(self) -> str:
        parts = urlsplit(self.address)
        return f"{parts.netloc}{parts.path}".rstrip("/")


class HandOver(models.Model):
    """A post's draft in a blog. `version` is the post's that was handed over last, 0 where none has arrived so far.

    The fields from `remote_id` to `sent_by` are what keeps it one draft (`agents.destinations.delivery.Known`);
    `sent_by` is the run that sent something last.
    """

    OWNED_THROUGH = "post__owner"

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="hand_overs")
    blog = models.ForeignKey(Blog, on_delete=models.CASCADE, related_name="hand_overs")
    remote_id = models.CharField(max_length=100, blank=True)
    changed = models.CharField(max_length=60, blank=True)
    seen = models.JSONField(null=True, blank=True)
    slug = models.CharField(max_length=100, blank=True)
    sent_by = models.CharField(max_length=36, blank=True)
    version = models.PositiveIntegerField(default=0)
    edit_url = models.URLField(max_length=2000, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-handed_at", "-id")
        constraints = (models.UniqueConstraint(fields=["post", "blog"], name="agents_hand_over_once"),)

    def __str__(self) -> str:
        return f"{self.post} at {self.blog}"
