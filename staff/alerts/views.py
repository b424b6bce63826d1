"""The page of alerts: what is wrong now, what was, and who is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from runs.presentation import words
from runs.presentation.words import Moment
from staff.alerts import episodes
from staff.alerts.models import Alert, Telling
from staff.alerts.rules import RULES
from staff.alerts.tick import limits
from staff.door import staff_page

PAST = 50


@dataclass(frozen=True, slots=True)
class Row:
    """An episode as the page shows it; `told` says who was told, or why not."""

    title: str
    subject: str
    text: str
    url: str
    opened: Moment
    ended: Moment | None
    lasted: str
    told: str
    not_told: bool


@require_safe
@staff_page
@never_cache
def alerts(request: HttpRequest) -> HttpResponse:
    """The open alerts, the last ones that are over, the rules with their limits, and the channels."""
    open_ones = [_row(alert) for alert in Alert.objects.filter(ended_at=None).prefetch_related("tellings")]
    past = Alert.objects.exclude(ended_at=None).exclude(told_at=None).order_by("-ended_at").prefetch_related("tellings")
    context = {
        "place": "alerts",
        "open": open_ones,
        "past": [_row(alert) for alert in past[:PAST]],
        "channels": [Telling.Channel(way).label for way in episodes.channels()],
        "mail": settings.GENISYS_ALERT_MAIL,
        "limits": limits(),
        "queue_minutes": settings.GENISYS_ALERT_QUEUE_MINUTES,
        "silent_minutes": settings.GENISYS_ALERT_SILENT_MINUTES,
    }
    return render(request, "staff/alerts/alerts.html", context)


def _row(alert: Alert) -> Row:
    rule = RULES.get(alert.rule)
    told, failed = _told(alert)
    return Row(
        title=rule.title if rule else alert.rule,
        subject=alert.subject,
        text=alert.text,
        url=alert.url,
        opened=words.day(alert.opened_at),
        ended=words.day(alert.ended_at) if alert.ended_at else None,
        lasted=words.duration(((alert.ended_at or timezone.now()) - alert.opened_at).total_seconds()),
        told=told,
        not_told=failed,
    )


def _told(alert: Alert) -> tuple[str, bool]:
    """Say who was told of the beginning of an episode, and whether some could not be reached."""
    if alert.told_at is None:
        return "not yet: it must last a little longer", False
    tellings = [each for each in alert.tellings.all() if each.phase == Telling.Phase.OPENED]
    parts = []
    for each in tellings:
        label = each.get_channel_display()
        parts.append(label if each.sent_at else f"{label}: {each.error or 'on its way'}")
    return ", ".join(parts) or "nobody: no channel was set", any(each.error for each in tellings)
