"""The knowledge base: sites that were read, their pages, and the passages that are searched and cited.

A row here is what a run found out; the run itself, its steps and its log, is the business of `runs`. Search stands
on the terms that each passage is saved with, and on indexes over them (`migrations/0005`): see `search`.
"""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from ingestion.search.terms_field import TermsField


class Site(models.Model):
    """One site of one person. `profile` is what is known of it, empty until its first reading has ended.

    `owner` is null only where a run was started by nobody (from the command line of the engine alone).
    """

    class Status(models.TextChoices):
        NEW = "new", "not read yet"
        READING = "reading", "being read"
        READY = "ready", "read"
        FAILED = "failed", "reading failed"
        STOPPED = "stopped", "reading stopped"

    OWNED_THROUGH = "owner"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="sites"
    )
    url = models.URLField(max_length=2000)
    title = models.CharField(max_length=300, blank=True)
    profile = models.JSONField(default=dict, blank=True)
    run_id = models.CharField(max_length=36, blank=True, db_index=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEW)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=["owner", "url"], name="ingestion_site_url_of_owner"),
            models.UniqueConstraint(
                fields=["url"], condition=models.Q(owner=None), name="ingestion_site_url_of_nobody"
            ),
        )

    def __str__(self) -> str:
        return self.title or self.host

    def get_absolute_url(self) -> str:
        return reverse("ingestion:detail", args=[self.pk])

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


class Page(models.Model):
    """One page of a site, as it was when last asked for. `outcome` says what came of it, `note` why in words.

    `summary_by` names the model that wrote the summary; "extract" means sentences of the page itself. `injection` tells
    what in the page addresses a model (`content.injection`), and is empty for nearly all.
    """

    class Outcome(models.TextChoices):
        OK = "ok", "read"
        THIN = "thin", "too little text"
        DUPLICATE = "duplicate", "same as another page"
        NON_TEXT = "non_text", "not a text page"
        LOGIN_WALL = "login_wall", "asks for a sign-in"
        NEEDS_SCRIPT = "needs_script", "empty without JavaScript"
        ROBOTS = "robots", "robots.txt forbids it"
        ELSEWHERE = "elsewhere", "leads to another site"
        GONE = "gone", "not there"
        TOO_LARGE = "too_large", "too large"
        BLOCKED = "blocked", "address not allowed"
        FAILED = "failed", "could not be read"

    OWNED_THROUGH = "site__owner"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="pages")
    url = models.URLField(max_length=2000)
    title = models.CharField(max_length=300, blank=True)
    description = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    words = models.PositiveIntegerField(default=0)
    summary = models.TextField(blank=True)
    summary_by = models.CharField(max_length=100, blank=True)
    topics = models.JSONField(default=list, blank=True)
    injection = models.JSONField(default=list, blank=True, db_default=[])
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    note = models.CharField(max_length=500, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=32, blank=True)
    run_id = models.CharField(max_length=36, blank=True)
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["site", "url"], name="ingestion_page_url_in_site"),)
        indexes = (
            models.Index(fields=["site", "digest"], name="ingestion_page_digest"),
            models.Index(fields=["site", "outcome"], name="ingestion_page_outcome"),
        )

    def __str__(self) -> str:
        return self.title or self.url

    @property
    def path(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"


class Passage(models.Model):
    """A piece of a page, in its order, under its heading.

    `terms` and the columns after it are for search alone (`ingestion.search`): its words as they are compared, the
    language that they are in, their number, and what stands for its meaning (None until that is made).
    """

    OWNED_THROUGH = "page__site__owner"

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="passages")
    ordinal = models.PositiveIntegerField()
    heading = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    terms = TermsField(blank=True, default="", db_default="", editable=False)
    language = models.CharField(max_length=8, default="en", db_default="en", editable=False)
    terms_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    vector = models.BinaryField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("page", "ordinal")
        constraints = (models.UniqueConstraint(fields=["page", "ordinal"], name="ingestion_passage_in_page"),)

    def __str__(self) -> str:
        return f"{self.heading}: {self.text[:60]}" if self.heading else self.text[:60]
