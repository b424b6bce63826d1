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


def path_of(url: str) -> str:
    """Return an address as it is shown among its site's."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


class Site(models.Model):
    """One site of one person. `profile` is what is known of it, empty until its first reading has ended.

    What the person has set in it is in `edits`, by field: no reading overwrites it. `options` are those of its last
    reading, as `IngestRequest` takes them; `schedule` says how often it is read anew, `next_reading_at` when next.

    `owner` is null only where a run was started by nobody (from the command line of the engine alone).
    """

    class Status(models.TextChoices):
        NEW = "new", "not read yet"
        READING = "reading", "being read"
        READY = "ready", "read"
        FAILED = "failed", "reading failed"
        STOPPED = "stopped", "reading stopped"

    class Schedule(models.TextChoices):
        OFF = "off", "Only when I ask"
        DAY = "day", "Every day"
        WEEK = "week", "Every week"
        MONTH = "month", "Every month"

    OWNED_THROUGH = "owner"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="sites"
    )
    url = models.URLField(max_length=2000)
    title = models.CharField(max_length=300, blank=True)
    profile = models.JSONField(default=dict, blank=True)
    edits = models.JSONField(default=dict, blank=True, db_default={})
    run_id = models.CharField(max_length=36, blank=True, db_index=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEW)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    options = models.JSONField(default=dict, blank=True, db_default={})
    schedule = models.CharField(max_length=5, choices=Schedule.choices, default=Schedule.OFF, db_default=Schedule.OFF)
    next_reading_at = models.DateTimeField(null=True, blank=True, db_index=True)

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


class Reading(models.Model):
    """One reading of a site by one run. `ended_at` is null while it goes on, and where it broke off.

    `held` is what the site said when it ended (`history.comparing.Held`), kept for the newest one alone; `changes`
    is how that differs from the reading before, null for the first.
    """

    OWNED_THROUGH = "site__owner"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="readings")
    run_id = models.CharField(max_length=36)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    held = models.JSONField(null=True, blank=True)
    changes = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ("site", "-started_at", "-id")
        constraints = (models.UniqueConstraint(fields=["site", "run_id"], name="ingestion_reading_by_run"),)

    def __str__(self) -> str:
        return f"Reading of {self.started_at:%d %B %Y}"


class ProfileVersion(models.Model):
    """A site's profile as a reading or a person left it. `made_by` is null where a reading made it, by `run_id`."""

    OWNED_THROUGH = "site__owner"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    profile = models.JSONField()
    run_id = models.CharField(max_length=36, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("site", "-number")
        constraints = (models.UniqueConstraint(fields=["site", "number"], name="ingestion_profile_version"),)

    def __str__(self) -> str:
        return f"Version {self.number}"


class Page(models.Model):
    """One page of a site, as it was when last asked for. `outcome` says what came of it, `note` why in words.

    `summary_by` names the model that wrote the summary; "extract" means sentences of the page itself. `injection` tells
    what in the page addresses a model (`content.injection`), and is empty for nearly all. `published` and `changed` are
    what the page says of itself. `etag` and `last_modified` are what the server gave to ask with whether the page has
    changed; `links` are kept for when it has not. `missed_by` is the run that did not find a page which is kept: it is
    used until a later run does not find it either.
    """

    class Outcome(models.TextChoices):
        OK = "ok", "read"
        THIN = "thin", "too little text"
        NEEDS_SCRIPT = "js_shell", "empty without JavaScript"
        LOGIN_WALL = "login_wall", "asks for a sign-in"
        BOT_WALL = "bot_wall", "keeps programs out"
        CONSENT_WALL = "consent_wall", "asks for consent first"
        PAYWALL = "paywall", "for subscribers only"
        SOFT_404 = "soft_404", "says that it is not there"
        PARKED = "parked", "a parked domain"
        ERROR_PAGE = "error_page", "an error in place of a page"
        DUPLICATE = "duplicate_of", "same as another page"
        NON_TEXT = "non_text", "not a text page"
        TOO_LARGE = "too_big", "too large"
        ROBOTS = "robots", "robots.txt forbids it"
        NOINDEX = "noindex", "asks not to be kept"
        LANGUAGE = "language", "in another language"
        ELSEWHERE = "elsewhere", "leads to another site"
        GONE = "gone", "not there"
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
    kind = models.CharField(max_length=20, blank=True)
    audience = models.CharField(max_length=200, blank=True)
    entities = models.JSONField(default=list, blank=True, db_default=[])
    questions = models.JSONField(default=list, blank=True, db_default=[])
    injection = models.JSONField(default=list, blank=True, db_default=[])
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    note = models.CharField(max_length=500, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=32, blank=True)
    published = models.DateField(null=True, blank=True)
    changed = models.DateField(null=True, blank=True)
    etag = models.CharField(max_length=300, blank=True, db_default="")
    last_modified = models.CharField(max_length=60, blank=True, db_default="")
    links = models.JSONField(default=list, blank=True, db_default=[])
    language = models.CharField(max_length=20, blank=True, db_default="")
    run_id = models.CharField(max_length=36, blank=True)
    missed_by = models.CharField(max_length=36, blank=True, db_default="")
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["site", "url"], name="ingestion_page_url_in_site"),)
        indexes = (
            models.Index(fields=["site", "digest"], name="ingestion_page_digest"),
            models.Index(fields=["site", "outcome"], name="ingestion_page_outcome"),
            models.Index(fields=["site", "title"], name="ingestion_page_title"),
        )

    def __str__(self) -> str:
        return self.title or self.url

    @property
    def path(self) -> str:
        return path_of(self.url)


class LeftOutPage(models.Model):
    """A page that was found and not read, with its reason. `alike` counts those that the row stands for, since of many
    alike only some are listed.

    `wish` is the person's: to take the page in, or never to read it. A reading asks for wishes between its rounds, and
    no later reading forgets them.
    """

    class Wish(models.TextChoices):
        NONE = "", "no wish"
        TAKE = "take", "to be read"
        NEVER = "never", "never to be read"

    OWNED_THROUGH = "site__owner"

    TRY_AGAIN = "failed"
    """The reason of a page that failed and is to be tried again."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="left_out")
    url = models.URLField(max_length=2000)
    reason = models.CharField(max_length=16)
    note = models.CharField(max_length=500, blank=True)
    group = models.CharField(max_length=300, blank=True)
    alike = models.PositiveIntegerField(default=1)
    wish = models.CharField(max_length=5, choices=Wish.choices, blank=True, default=Wish.NONE)
    run_id = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["site", "url"], name="ingestion_left_out_url_in_site"),)
        indexes = (models.Index(fields=["site", "reason"], name="ingestion_left_out_reason"),)

    def __str__(self) -> str:
        return f"{self.url}: {self.note}"

    @property
    def path(self) -> str:
        return path_of(self.url)


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


class Fact(models.Model):
    """One thing that a page says, in its order. `quote` stands on the page, character for character.

    `by` names the model that put it into words; "extract" means that the statement is the page's own. `date` is ISO
    8601, as exact as the page says, or empty. Facts of many pages become one in `understanding.merging`.
    """

    OWNED_THROUGH = "page__site__owner"

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="facts")
    ordinal = models.PositiveIntegerField()
    statement = models.TextField()
    quote = models.TextField()
    kind = models.CharField(max_length=12)
    about = models.CharField(max_length=200, blank=True)
    date = models.CharField(max_length=10, blank=True)
    by = models.CharField(max_length=100)

    class Meta:
        ordering = ("page", "ordinal")
        constraints = (models.UniqueConstraint(fields=["page", "ordinal"], name="ingestion_fact_in_page"),)

    def __str__(self) -> str:
        return self.statement[:80]
