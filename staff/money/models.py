"""The tables of the ledger: a row for each finished run, and for what is long past its sums by day."""

from __future__ import annotations

from django.db import models


class Spend(models.Model):
    """What a finished run cost and how long it took (`model` is ""), or what one model in it was asked.

    Written by `ledger` when the run ends, and again where it is retried. It outlives run and person, so it refers to
    neither. `cost_microusd` is null where a part of it is not known, `seconds` where the run never started.
    """

    run_id = models.CharField(max_length=36)
    model = models.CharField(max_length=200, blank=True)
    day = models.DateField(help_text="of its end, in UTC")
    at = models.DateTimeField()
    workflow = models.CharField(max_length=100)
    person_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=16)
    seconds = models.FloatField(null=True, blank=True)
    steps = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost_microusd = models.BigIntegerField(null=True, blank=True)
    known_cost_microusd = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["run_id", "model"], name="staff_spend_once"),)
        indexes = (
            models.Index(fields=["at"], name="staff_spend_at"),
            models.Index(fields=["day"], name="staff_spend_day_of"),
            models.Index(fields=["model", "at"], name="staff_spend_model_at"),
        )

    def __str__(self) -> str:
        return f"{self.model or 'all'} of {self.run_id}"


class SpendDay(models.Model):
    """The sums of one past day: of a workflow, or of a person, and there of one model or ("") of the runs as a whole.

    `ledger` makes them of the rows of that day, and anew whenever one of those changes.
    """

    class By(models.TextChoices):
        """What is summed up."""

        WORKFLOW = "workflow"
        PERSON = "person"

    day = models.DateField()
    by = models.CharField(max_length=8, choices=By.choices)
    key = models.CharField(max_length=100, blank=True, help_text="the workflow's name, or the person's id")
    model = models.CharField(max_length=200, blank=True)
    runs = models.PositiveIntegerField()
    completed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    known_microusd = models.BigIntegerField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    calls = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["day", "by", "key", "model"], name="staff_spend_day_once"),)

    def __str__(self) -> str:
        return f"{self.by} {self.key} on {self.day}"
