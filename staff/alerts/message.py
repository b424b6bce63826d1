"""What is told of an episode, for each channel. Pure."""

from __future__ import annotations

from typing import Any

from staff.alerts.models import Alert, Telling
from staff.alerts.rules import RULES

_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""What Slack takes for markup (https://api.slack.com/reference/surfaces/formatting#escaping)."""


def is_over(telling: Telling) -> bool:
    """Say whether the message is about the end of the episode."""
    return telling.phase == Telling.Phase.OVER


def subject(telling: Telling) -> str:
    """Return the subject of a mail: one line, without what could begin a header."""
    alert = telling.alert
    said = f"{'Over' if is_over(telling) else 'Alert'}: {_title(alert)}, {alert.subject}"
    return " ".join(said.split())[:200]


def text(telling: Telling, address: str) -> str:
    """Return the message in words; `address` is the site's own, under which the pages are."""
    alert = telling.alert
    since = f"Since {alert.opened_at:%Y-%m-%d %H:%M} UTC."
    if is_over(telling) and alert.ended_at:
        since = f"From {alert.opened_at:%Y-%m-%d %H:%M} to {alert.ended_at:%Y-%m-%d %H:%M} UTC: "
        return f"Over. {since}{alert.text}\n\n{_where(alert, address)}"
    return f"{alert.text}\n{since}\n\n{_where(alert, address)}"


def event(telling: Telling, address: str) -> dict[str, Any]:
    """Return the body of a webhook, shaped as those about runs are: `type`, `timestamp`, `data`."""
    alert = telling.alert
    at = alert.ended_at if is_over(telling) else alert.told_at
    return {
        "type": f"alert.{telling.phase}",
        "timestamp": at,
        "data": {
            "id": alert.pk,
            "rule": alert.rule,
            "subject": alert.subject,
            "text": alert.text,
            "opened_at": alert.opened_at,
            "ended_at": alert.ended_at,
            "url": _where(alert, address),
        },
    }


def slack(telling: Telling, address: str) -> dict[str, str]:
    """Return the body of an incoming webhook of Slack, which Mattermost and Discord's `/slack` addresses take too."""
    alert = telling.alert
    mark = "Over" if is_over(telling) else "Alert"
    said = f"{mark}: {_title(alert)}. {alert.text}".translate(_SLACK)
    return {"text": f"{said}\n{_where(alert, address)}"}


def _title(alert: Alert) -> str:
    rule = RULES.get(alert.rule)
    return rule.title if rule else alert.rule


def _where(alert: Alert, address: str) -> str:
    return f"{address}{alert.url or '/staff/alerts/'}"
