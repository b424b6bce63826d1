"""What is kept of a run beside its row: its steps, its archived log, what of it was set aside."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from runs.models.run import Run


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
    """A finished run's log, fold and journal, each as gzipped JSON. `record.archive` writes and reads them."""

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

    `record.refused.set_aside` writes these rows; while there is one, control leaves that part of the run alone. `tries`
    counts how often it was refused, `at` is the first time, `last_at` the last one.
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
