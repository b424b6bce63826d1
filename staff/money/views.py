"""The page of money and time."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from runs.presentation import words
from staff.door import staff_page
from staff.money import rows, sums

SPANS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30), "90d": timedelta(days=90)}
_WORDS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
USUAL = "7d"


@require_safe
@staff_page
def money(request: HttpRequest) -> HttpResponse:
    """What runs that ended in the last `?since=` (24h, 7d, 30d, 90d) cost and took, and how many failed."""
    asked = request.GET.get("since", "")
    span = asked if asked in SPANS else USUAL
    return render(request, "staff/money/money.html", {"place": "money", **money_context(span)})


def money_context(span: str) -> dict[str, Any]:
    """Return what the page shows of a span: the same number of queries, however much there is."""
    now = timezone.now()
    since = now - SPANS[span]
    workflows, people, models = sums.by_workflow(since), sums.by_person(since), sums.by_model(since)
    by_day, times = sums.by_day(since), sums.times(since)
    all_days = rows.days(since.astimezone(UTC).date(), now.astimezone(UTC).date())
    runs_chart, failed_bars = rows.runs_chart(by_day, all_days)
    unknown = sum(total.unknown for total in workflows)
    every = [seconds for found in times.values() for seconds in found]
    return {
        "span": span,
        "spans": [(value, _WORDS[value]) for value in SPANS],
        "span_words": _WORDS[span],
        "runs": sum(total.runs for total in workflows),
        "unknown": words.amount(unknown, "run") if unknown else "",
        "whole": rows.row(_summed(workflows), name="", filters={}, times=every, dearest=0),
        "workflows": _lines([(total, total.key, {"workflow": total.key}) for total in workflows], span, times),
        "people": _lines([(total, name or _nobody(total.key), _of_person(total.key)) for total, name in people], span),
        "models": _lines([(total, total.key, {}) for total in models], span),
        "days": [
            rows.row(by_day[day], name=day.isoformat(), filters={}, times=(), dearest=_dearest(list(by_day.values())))
            for day in reversed(all_days)
            if day in by_day
        ],
        "cost_chart": rows.cost_chart(by_day, all_days),
        "runs_chart": runs_chart,
        "failed_bars": failed_bars,
        "first_day": all_days[0],
        "last_day": all_days[-1],
        "sample": f"{sums.SAMPLE:,}",
    }


def _lines(found: list[tuple[sums.Total, str, dict[str, str | int]]], span: str, times: Any = None) -> list[rows.Row]:
    dearest = _dearest([total for total, _, _ in found])
    return [
        rows.row(
            total,
            name=name,
            filters={**filters, "since": span} if filters else {},
            times=(times or {}).get(total.key, ()),
            dearest=dearest,
        )
        for total, name, filters in found
    ]


def _summed(totals: list[sums.Total]) -> sums.Total:
    return sums.Total(
        None,
        sum(total.runs for total in totals),
        sum(total.completed for total in totals),
        sum(total.failed for total in totals),
        sum(total.unknown for total in totals),
        sum(total.known_microusd for total in totals),
        sum(total.input_tokens for total in totals),
        sum(total.output_tokens for total in totals),
    )


def _dearest(totals: list[sums.Total]) -> int:
    return max((total.known_microusd for total in totals), default=0)


def _nobody(person_id: int | None) -> str:
    return "nobody: started by a program" if person_id is None else f"account {person_id}, which was deleted"


def _of_person(person_id: int | None) -> dict[str, str | int]:
    return {} if person_id is None else {"person": person_id}
