"""The settings, as Django's own checks judge them, with those for a deployment where this is one."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import ERROR, run_checks

from genisys_site.doctor.finding import Finding, bad, good, risky

DEVELOPMENT = "dev"


def is_development() -> bool:
    return bool(settings.DEBUG) or settings.GENISYS_DEPLOYMENT == DEVELOPMENT


async def settings_part() -> list[Finding]:
    """Return what the checks say; `redis`' and `database`' own parts say more of those."""
    found = list(_said())
    return found or [good("settings", f"Deployment {settings.GENISYS_DEPLOYMENT!r}: no check has anything to say.")]


def _said() -> Iterator[Finding]:
    for message in run_checks(include_deployment_checks=not is_development()):
        if (message.id or "").startswith("runs.W00"):
            continue  # of Redis, which has a part of its own
        make = bad if message.level >= ERROR else risky
        yield make(
            "settings", f"{message.msg} ({message.id})", message.hint or "See Django's documentation of the check."
        )
