"""The ledger's table."""

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
            models.Index(fields=["model", "at"], name="staff_spend_model_at"),
        )

    def __str__(self) -> str:
        return f"{self.model or 'all'} of {self.run_id}"
