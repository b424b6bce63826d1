"""What opens runs to whoever holds it: share links and API tokens. Only digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from runs.models.run import Run

TOKEN_START = "gen_"  # noqa: S105 - the same for all tokens, so that a leaked one is recognised
TOKEN_PREFIX_LENGTH = 12
LINK_PREFIX_LENGTH = 6


def digest_of(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits, which therefore needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


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
