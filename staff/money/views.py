"""The page of money and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from runs.presentation import words
from staff.door import staff_page
from staff.money import rows, sums

SPANS = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}
"""How many days (UTC) each reaches back, today among them."""
_WORDS = {"1d": "Today", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
USUAL = "7d"


@require_safe
@staff_page
def money(request: HttpRequest) -> HttpResponse:
    """What runs that ended in the days of `?since=` (1d, 7d, 30d, 90d) cost and took, and how many failed."""
    asked = request.GET.get("since", "")
    span = asked if asked in SPANS else USUAL
    return render(request, "staff/money/money.html", {"place": "money", **money_context(span)})


def _charts(by_day: Mapping[date, sums.Total], all_days: Sequence[date]) -> dict[str, Any]:
    runs_chart, failed_bars = rows.runs_chart(by_day, all_days)
    return {
        "cost_chart": rows.cost_chart(by_day, all_days),
        "runs_chart": runs_chart,
        "failed_bars": failed_bars,
        "first_day": all_days[0],
        "last_day": all_days[-1],
    }


def money_context(name: str) -> dict[str, Any]:
    """Return what the page shows of a span: the same number of queries, however much there is."""
    now = timezone.now()
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=SPANS[name] - 1)
    span = sums.Span.since(first, now)
    found, people, models = sums.by_day_and_workflow(span), sums.by_person(span), sums.by_model(span)
    times = sums.times(span)
    workflows = sums.dearest_first(sums.together(found.values()))
    by_day = {total.key: total for total in sums.together(replace(each, key=day) for (day, _), each in found.items())}
    whole = next(iter(sums.together(replace(total, key="") for total in workflows)), sums.Total(""))
    all_days = rows.days(first, today)
    return {
        "span": name,
        "spans": [(value, _WORDS[value]) for value in SPANS],
        "span_words": "since midnight" if name == "1d" else f"in the last {_WORDS[name]}, including today",
        "runs": whole.runs,
        "unknown": words.amount(whole.unknown, "run") if whole.unknown else "",
        "whole": rows.row(
            whole, name="", filters={}, times=[each for some in times.values() for each in some], dearest=0
        ),
        "workflows": _lines([(total, total.key, {"workflow": total.key}) for total in workflows], first, times),
        "people": _lines([(total, name or _nobody(total.key), _of_person(total.key)) for total, name in people], first),
        "models": _lines([(total, total.key, {}) for total in models], first),
        "days": _lines([(by_day[day], day.isoformat(), {}) for day in reversed(all_days) if day in by_day], first),
        **_charts(by_day, all_days),
        "sample": f"{sums.SAMPLE:,}",
    }


def _lines(found: list[tuple[sums.Total, str, dict[str, str | int]]], first: date, times: Any = None) -> list[rows.Row]:
    dearest = _dearest([total for total, _, _ in found])
    return [
        rows.row(
            total,
            name=name,
            filters={**filters, "since": first.isoformat()} if filters else {},
            times=(times or {}).get(total.key, ()),
            dearest=dearest,
        )
        for total, name, filters in found
    ]


def _dearest(totals: list[sums.Total]) -> int:
    return max((total.known_microusd for total in totals), default=0)


def _nobody(person_id: int | None) -> str:
    return "nobody: started by a program" if person_id is None else f"account {person_id}, which was deleted"


def _of_person(person_id: int | None) -> dict[str, str | int]:
    return {} if person_id is None else {"person": person_id}
