"""Episodes: from when a rule finds something of a subject until it finds it no more, and who is told of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from staff.addresses import runs_address
from staff.alerts.models import Alert, Telling
from staff.alerts.rules import RULES, Finding

KEPT = timedelta(days=90)

Phase, Channel = Telling.Phase, Telling.Channel

log = structlog.get_logger("staff.alerts")


def channels() -> list[str]:
    """Return the ways in which the settings let alerts be told."""
    ways = {
        Channel.MAIL: settings.GENISYS_ALERT_MAIL,
        Channel.WEBHOOK: settings.GENISYS_ALERT_WEBHOOK,
        Channel.SLACK: settings.GENISYS_ALERT_SLACK,
    }
    return [str(way) for way, given in ways.items() if given]


def follow(found: Mapping[str, Sequence[Finding]], now: datetime) -> None:
    """Open, continue and end episodes by what the rules found at `now`. A rule that is not in `found` changes nothing.

    May be called by several processes at once, and again: an episode opens, is told and ends once.
    """
    open_ones = {(alert.rule, alert.subject): alert for alert in Alert.objects.filter(ended_at=None)}
    seen = {(each.rule, each.subject[:200]): each for findings in found.values() for each in findings}
    for key, finding in seen.items():
        alert = open_ones.get(key) or _opened(finding, now)
        if alert is not None:
            _goes_on(alert, finding, now)
    for key, alert in open_ones.items():
        if key not in seen and (alert.rule in found or alert.rule not in RULES):
            _ends(alert, now)


def _facts_of(finding: Finding) -> dict[str, Any]:
    address = runs_address(**finding.filters) if finding.filters else ""
    return {"text": finding.text[:500], "url": address[:500]}


def _opened(finding: Finding, now: datetime) -> Alert | None:
    """Return the new episode; None where another process opened it just now, which tells of it too."""
    try:
        with transaction.atomic():
            return Alert.objects.create(
                rule=finding.rule, subject=finding.subject[:200], opened_at=now, seen_at=now, **_facts_of(finding)
            )
    except IntegrityError:
        return None


@transaction.atomic
def _goes_on(alert: Alert, finding: Finding, now: datetime) -> None:
    Alert.objects.filter(pk=alert.pk, ended_at=None).update(seen_at=now, **_facts_of(finding))
    if alert.told_at is not None or now - alert.opened_at < RULES[alert.rule].after:
        return
    if Alert.objects.filter(pk=alert.pk, told_at=None, ended_at=None).update(told_at=now):
        log.warning("alert.opened", rule=alert.rule, subject=alert.subject, text=finding.text)
        _tell(alert, Phase.OPENED, now)


@transaction.atomic
def _ends(alert: Alert, now: datetime) -> None:
    if not Alert.objects.filter(pk=alert.pk, ended_at=None).update(ended_at=now):
        return
    alert.refresh_from_db()
    if alert.told_at is not None:
        log.info("alert.over", rule=alert.rule, subject=alert.subject)
        _tell(alert, Phase.OVER, now)


def _tell(alert: Alert, phase: str, now: datetime) -> None:
    tellings = [Telling(alert=alert, phase=phase, channel=channel, due_at=now) for channel in channels()]
    Telling.objects.bulk_create(tellings, ignore_conflicts=True)


def forget_old(before: datetime | None = None) -> int:
    """Delete episodes that ended before then (by default: KEPT ago); return how many."""
    old = Alert.objects.filter(ended_at__lt=before or timezone.now() - KEPT)
    return old.delete()[1].get("staff.Alert", 0)
