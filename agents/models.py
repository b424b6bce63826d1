"""The posts that were written, and the sources each of them cites.

A post's row exists from the moment it is asked for; its text comes when its run has finished. The run, with
its steps and its stream, is the business of `runs`; the pages cited are that of `ingestion`.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify


class Post(models.Model):
    """One post. `parts` says of each section who wrote it and what the check took out of it.

    `evidence` are the cited passages as they were then, `claims` how each sentence stands to them (the shapes are those
    of `agents.editing.evidence`), `version` the number of the version that the text is.
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
