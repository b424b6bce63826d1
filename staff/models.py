"""The dashboard's own rows: what was asked of many runs at once, and how lists were saved."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class BulkAct(models.Model):
    """One thing that somebody asked of many runs. Control does it, some at a time; `BulkItem` has each of the runs.

    `query` is what the list was narrowed by, with absolute times; "" where the runs were chosen one by one. A control
    that does a part of it holds it until `held_until`.
    """

    class Action(models.TextChoices):
        """What is asked."""

        CANCEL = "cancel", "Stop"
        RETRY = "retry", "Retry"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.CharField(max_length=8, choices=Action.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=254, help_text="kept when the account goes")
    why = models.CharField(max_length=500, blank=True)
    query = models.TextField(blank=True)
    runs = models.PositiveIntegerField(help_text="how many it is about")
    at = models.DateTimeField(default=timezone.now, editable=False)
    held_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=200, blank=True, help_text="why it ended before all was done")

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["at"], condition=models.Q(ended_at__isnull=True), name="staff_bulk_open"),)

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.runs:,} runs"


class BulkItem(models.Model):
    """One run of a bulk act, and what came of it. The run's id is kept when the run goes."""

    class Outcome(models.TextChoices):
        """What came of it."""

        OPEN = "", "still to do"
        DONE = "done"
        SKIPPED = "skipped", "left alone"
        FAILED = "failed"

    act = models.ForeignKey(BulkAct, on_delete=models.CASCADE, related_name="items")
    run_id = models.CharField(max_length=36)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["act", "run_id"], name="staff_bulk_run_once"),)
        indexes = (models.Index(fields=["act", "outcome"], name="staff_bulk_outcome"),)

    def __str__(self) -> str:
        return f"{self.run_id}: {self.get_outcome_display()}"


class SavedView(models.Model):
    """A list of runs as one of the staff narrowed it, under a name of theirs. Others do not see it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["person", "name"], name="staff_view_name_once"),)

    def __str__(self) -> str:
        return self.name
