"""The tables of webhooks: whom to notify, and what was sent, when, and with what answer."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

RESPONSE_CHARS = 1024


class EventType(models.TextChoices):
    """The events that a webhook can have. The word behind the dot is the status that the run came to."""

    COMPLETED = "run.completed", "A run is done"
    FAILED = "run.failed", "A run failed"
    CANCELLED = "run.cancelled", "A run was stopped"
    WAITING = "run.waiting", "A run waits: for an answer, a budget, a time"


class Webhook(models.Model):
    """A person's server that is notified of their runs, all or those of one workflow.

    The secret signs what is sent; it is kept sealed, and shown to its owner once. `host` is the URL's, with its port.
    """

    MOST_OF_A_PERSON = 20

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=2000)
    host = models.CharField(max_length=300, editable=False)
    events = models.JSONField(default=list)
    workflow = models.CharField(max_length=100, blank=True)
    sealed_secret = models.TextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.host

    def save(self, *args: object, **options: object) -> None:
        self.host = urlsplit(self.url).netloc.lower()
        super().save(*args, **options)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("webhooks:detail", args=[self.pk])

    @property
    def event_words(self) -> list[str]:
        return [str(EventType(event).label) for event in self.events]


def webhooks_of(user_id: int) -> QuerySet[Webhook]:
    """Return a person's own webhooks: nobody else, staff neither, sees or changes them."""
    return Webhook.objects.filter(owner_id=user_id)


class WebhookDelivery(models.Model):
    """One event for one webhook, with what came of the last attempt to send it.

    `event_id` is the same however often it is sent, so that a receiver can tell what it has seen; `body` is what is
    sent, byte for byte. While it is pending, `next_try_at` says when it is due, or until when an attempt has it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "to be sent"
        DELIVERED = "delivered", "delivered"
        FAILED = "failed", "given up"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.CharField(max_length=64)
    event = models.CharField(max_length=32)
    run_id = models.CharField(max_length=36, blank=True)
    body = models.TextField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_body = models.CharField(max_length=RESPONSE_CHARS, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name_plural = "webhook deliveries"
        constraints = (models.UniqueConstraint(fields=["webhook", "event_id"], name="runs_webhook_delivery_once"),)
        indexes = (
            models.Index(fields=["webhook", "-created_at"], name="runs_webhook_delivery_of_hook"),
            models.Index(fields=["next_try_at"], condition=Q(status="pending"), name="runs_webhook_delivery_due"),
            models.Index(fields=["created_at"], name="runs_webhook_delivery_created"),
        )

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}, attempt {self.attempt}"
