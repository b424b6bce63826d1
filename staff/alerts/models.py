"""The tables of alerts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Alert(models.Model):
    """An episode: something that a rule found of a subject, from when it was first seen until it was seen no more.

    `text` is what was found last. An episode whose `told_at` is null has not lasted long enough to tell anybody.
    """

    rule = models.CharField(max_length=32)
    subject = models.CharField(max_length=200)
    text = models.CharField(max_length=500)
    url = models.CharField(max_length=500, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("-opened_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "subject"], condition=Q(ended_at__isnull=True), name="staff_alert_open_once"
            ),
        )
        indexes = (models.Index(fields=["-ended_at"], name="staff_alert_ended"),)

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}"


class Telling(models.Model):
    """One message about an episode by one channel. `due_at` is null when it was sent, or given up."""

    class Phase(models.TextChoices):
        """What is told."""

        OPENED = "opened"
        OVER = "over"

    class Channel(models.TextChoices):
        """Which way."""

        MAIL = "mail"
        WEBHOOK = "webhook"
        SLACK = "slack", "Slack"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="tellings")
    phase = models.CharField(max_length=8, choices=Phase.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["alert", "phase", "channel"], name="staff_telling_once"),)
        indexes = (models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="staff_telling_due"),)

    def __str__(self) -> str:
        return f"{self.phase} by {self.channel}"
