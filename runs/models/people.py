"""What people did and what they wish: the audit, the mails about ends, what each person wants of all their runs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from runs.models.run import Run


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


class EndNotice(models.Model):
    """A mail that somebody gets when a run ends, one row each. `accounts.notices` writes and sends them.

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
