"""A run: one execution of a workflow, and what it may stand at.

Its status is written by the service and by `control_plane.projection` only. Redis holds a run in flight; its row
follows its log.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from genisys.host import TERMINAL, new_run_id

FORGOTTEN = "Deleted by its owner"
"""The title of a run whose content was removed for good."""


def make_id() -> str:
    """Return the id of a new run; named here so that migrations need not know where the library keeps it."""
    return new_run_id()


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
