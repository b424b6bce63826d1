"""The tables of the record: runs, steps, archived logs, what was set aside, the audit, share links, notices, tokens.

A run's status is written by the service and by `control_plane.projection` only. Redis holds a run in flight; its row
follows its log.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from genisys.host import TERMINAL, new_run_id

TOKEN_START = "gen_"  # noqa: S105 - the same for all tokens, so that a leaked one is recognised
TOKEN_PREFIX_LENGTH = 12
LINK_PREFIX_LENGTH = 6
FORGOTTEN = "Deleted by its owner"
"""The title of a run whose content was removed for good."""


def make_id() -> str:
    """Return the id of a new run; named here so that migrations need not know where the library keeps it."""
    return new_run_id()


def digest_of(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits, which therefore needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class RunStatus(models.TextChoices):
    """The statuses of a run; labels are the words that people read everywhere."""

    QUEUED = "queued", "waiting to start"
    RUNNING = "running", "under way"
    WAITING = "waiting", "waiting"
    COMPLETED = "completed", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "stopped"


OPEN_STATUSES = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)
IS_OPEN = Q(ended_at__isnull=True, status__in=OPEN_STATUSES)
"""The runs that have not ended, in the words of an index: SQLite takes a partial one where its condition stands in the
query literally, as IS NULL does. By statuses alone, which are parameters, it would read every run that there ever was.
"""


class Run(models.Model):
    """One execution of a workflow. `seq` and `log_id` say which log the row reflects, and how far."""

    OWNED_THROUGH = "owner"

    id = models.CharField(primary_key=True, max_length=36, default=make_id, editable=False)
    workflow = models.CharField(max_length=100)
    title = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    status = models.CharField(max_length=16, choices=RunStatus.choices, default=RunStatus.QUEUED)
    deployment = models.CharField(max_length=64)
    attempt = models.PositiveIntegerField(default=0)
    retried_count = models.PositiveIntegerField(default=0)
    input = models.JSONField()
    # The whole input, encrypted, where it has secrets: what people may see of it is in `input`.
    sealed_input = models.TextField(blank=True, default="", editable=False)
    output = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost_microusd = models.BigIntegerField(
        null=True, blank=True, default=0, help_text="millionths of a US dollar; empty where a part of it is not known"
    )
    known_cost_microusd = models.BigIntegerField(default=0, help_text="the part of the cost that is known")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    parent_kind = models.CharField(
        max_length=8, blank=True, choices=[(kind, kind) for kind in ("child", "fork", "retry")]
    )
    # Of a fork, what has to be known to make it: the step that runs again, and the new input, encrypted.
    fork_step = models.CharField(max_length=64, blank=True, default="", editable=False)
    fork_input = models.TextField(blank=True, default="", editable=False)
    idempotency_key = models.CharField(max_length=200, blank=True)
    seq = models.BigIntegerField(default=0, editable=False)
    log_id = models.CharField(max_length=64, blank=True, editable=False)
    # What lists are narrowed by and shows there, as the log last said it: `projection` writes these.
    waits_for = models.CharField(
        max_length=16, blank=True, default="", editable=False, help_text="the reason of its last `run.waiting`"
    )
    waits_since = models.DateTimeField(null=True, blank=True, editable=False)
    worker = models.CharField(
        max_length=128, blank=True, default="", editable=False, help_text="that holds it, or held it last"
    )
    cached_steps = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="taken from the cache; empty until the run has ended"
    )
    cause = models.CharField(
        max_length=120, blank=True, default="", editable=False, help_text="what its failure has in common with others"
    )

    class Meta:
        ordering = ("-created_at", "-id")
        permissions = (("operate_run", "Can stop, retry and change the runs of others"),)
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="runs_run_idempotency_key_of_owner",
            ),
        )
        indexes = (
            models.Index(fields=["owner", "-created_at"], name="runs_run_owner_created"),
            # Lists pick their places from these alone, newest first, without reading a row: inputs and outputs are
            # large, and a filter that fits few runs would read them all. The short columns that they filter by follow
            # the order; titles have an index apart, as an entry has to stay below a third of PostgreSQL's page.
            models.Index(
                fields=[
                    "-created_at",
                    "-id",
                    "status",
                    "waits_for",
                    "workflow",
                    "owner",
                    "deployment",
                    "worker",
                    "known_cost_microusd",
                ],
                name="runs_run_list",
            ),
            models.Index(fields=["-created_at", "-id", "status", "title"], name="runs_run_titles"),
            models.Index(
                fields=["-ended_at", "cause", "owner"], condition=Q(status="failed"), name="runs_run_failures"
            ),
            models.Index(fields=["cause", "-created_at", "-id"], name="runs_run_causes"),
            # The open runs once more: SQLite proves this condition of a query, but not a list of bound statuses.
            models.Index(fields=["status"], condition=Q(ended_at__isnull=True), name="runs_run_not_ended"),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["queued", "running", "waiting"]),
                name="runs_run_open",
            ),
        )

    def __str__(self) -> str:
        return self.title or self.workflow

    def get_absolute_url(self) -> str:
        return reverse("runs:detail", args=[self.pk])

    @property
    def finished(self) -> bool:
        return self.status in TERMINAL


class Step(models.Model):
    """One call of a component inside a finished run, for traces. Written once, when the run has ended."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    key = models.TextField()
    parent_key = models.TextField(blank=True)
    name = models.CharField(max_length=200)
    title = models.TextField(blank=True)
    status = models.CharField(max_length=16)
    input = models.JSONField(null=True, blank=True)
    output = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=1)
    model = models.CharField(max_length=200, blank=True)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost_microusd = models.BigIntegerField(null=True, blank=True, default=0, help_text="empty where not known")
    # What its last try ran on, and of a model's answer who gave it; "" where an old record does not say.
    worker = models.CharField(max_length=100, blank=True, default="")
    attempt = models.PositiveIntegerField(default=0)
    provider = models.CharField(max_length=100, blank=True, default="")
    call = models.CharField(max_length=100, blank=True, default="", help_text="the kind of model call it is")
    cached_from = models.CharField(max_length=36, blank=True, default="", help_text="the run that made its result")
    # Its tries and waits (`genisys.log.timeline`), where there is more to tell than a beginning and an end.
    spans = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=["run", "position"], name="runs_step_position_in_run"),)

    def __str__(self) -> str:
        return self.title or self.name


class Archive(models.Model):
    """A finished run's log, fold and journal, each as gzipped JSON. `archive.py` writes and reads them."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="archive", primary_key=True)
    log_id = models.CharField(max_length=64)
    last_seq = models.BigIntegerField()
    state_sha256 = models.CharField(max_length=64)
    state = models.BinaryField()
    events = models.BinaryField()
    journal = models.BinaryField()
    # The traceback of a fault outside every step; for staff alone, as are those in the journal.
    fault = models.TextField(blank=True, default="")
    # The run's own attempts and waits (`genisys.log.timeline`); empty where the record is older.
    spans = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # For retention: without it each look for what is old reads all rows, in SQLite with the bytes that they hold.
        indexes = (models.Index(fields=["created_at"], name="runs_archive_created"),)

    def __str__(self) -> str:
        return f"log of {self.pk}, {self.last_seq} events"


class SetAside(models.Model):
    """Something of a run that the database or a decoder refused, and that waits for somebody to try it again.

    `set_aside.py` writes these rows; while there is one, control leaves that part of the run alone. `tries` counts how
    often it was refused, `at` is the first time, `last_at` the last one.
    """

    class What(models.TextChoices):
        """What was refused."""

        RECORD = "record", "its record"
        START = "start", "its start"
        MAIL = "mail", "the mail about its end"
        WEBHOOKS = "webhooks", "what webhooks are told of it"
        PRODUCT = "product", "what its product makes of it"
        HISTORY = "history", "the removal of its old history"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="set_aside")
    what = models.CharField(max_length=8, choices=What.choices)
    cause = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-last_at", "-pk")
        verbose_name = "set aside"
        verbose_name_plural = "set aside"
        constraints = (models.UniqueConstraint(fields=["run", "what"], name="runs_set_aside_once"),)

    def __str__(self) -> str:
        return f"{self.get_what_display()} was refused: {self.cause}"


class AuditEntry(models.Model):
    """Who did what to which run, by which way, and why. Written once; it outlives the run and the person."""

    class Via(models.TextChoices):
        """The door somebody came through."""

        PAGE = "page"
        API = "api"
        ADMIN = "admin"
        COMMAND = "command"
        LINK = "link", "signed address"

    at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(max_length=254, blank=True, help_text="kept when the account goes")
    via = models.CharField(max_length=8, choices=Via.choices)
    token_name = models.CharField(max_length=100, blank=True, help_text="the API token that was used")
    action = models.CharField(max_length=32)
    run_id = models.CharField(max_length=36, blank=True, help_text="kept when the run goes")
    why = models.CharField(max_length=500, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = (
            models.Index(fields=["run_id", "-at"], name="runs_audit_of_run"),
            models.Index(fields=["-at", "-id"], name="runs_audit_latest"),
        )

    def __str__(self) -> str:
        return f"{self.actor_name or 'nobody signed in'}: {self.action}"


class ShareLink(models.Model):
    """A link that shows one run to whoever holds it, until it expires or is revoked. Only its SHA-256 is kept."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="share_links")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    prefix = models.CharField(max_length=LINK_PREFIX_LENGTH, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"link {self.prefix}…"

    def usable(self, at: datetime) -> bool:
        """Say whether the link opens anything at that time."""
        return self.revoked_at is None and self.expires_at > at


class EndNotice(models.Model):
    """A mail that somebody gets when a run ends, one row each. `notices.py` writes and sends them.

    The first try is due when the run has ended, a later one at `due_at`. A sender claims it by putting `due_at` off. A
    notice that was tried and has no `due_at` was given up.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="end_notices")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["run", "person"], name="runs_notice_of_run_to_person"),)
        indexes = (models.Index(fields=["id"], condition=Q(sent_at__isnull=True), name="runs_notice_unsent"),)

    def __str__(self) -> str:
        return f"notice to {self.person_id} of {self.run_id}"


class Wishes(models.Model):
    """What a person wants of every run of theirs, unless they say otherwise. No row: nothing."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes", primary_key=True
    )
    mail_at_end = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "wishes"

    def __str__(self) -> str:
        return f"wishes of {self.pk}"


class ApiToken(models.Model):
    """A key to the API. Only its SHA-256 is kept: the token has 256 random bits, so it needs no slow hash."""

    SCOPES = ("start", "read", "control")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=TOKEN_PREFIX_LENGTH, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    workflows = models.JSONField(default=list, blank=True, help_text="the only ones it opens; none named: all")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def new_secret() -> str:
        """Return a fresh token as its owner will see it, once."""
        return TOKEN_START + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        return digest_of(secret)

    @classmethod
    def for_secret(
        cls,
        secret: str,
        *,
        user_id: int,
        name: str,
        scopes: list[str],
        workflows: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> ApiToken:
        """Return the unsaved row that recognises `secret`."""
        return cls(
            user_id=user_id,
            name=name,
            prefix=secret[:TOKEN_PREFIX_LENGTH],
            digest=digest_of(secret),
            scopes=scopes,
            workflows=list(workflows),
            expires_at=expires_at,
        )

    def usable(self, at: datetime) -> bool:
        """Say whether the token opens anything at that time."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)

    def covers(self, workflow: str) -> bool:
        """Say whether the token opens runs of this workflow."""
        return not self.workflows or workflow in self.workflows
