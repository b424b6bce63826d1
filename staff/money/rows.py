"""What the page of money and time says of the sums, in words and bars. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from runs.presentation import words
from staff.addresses import runs_address
from staff.charts import Bar, bars, share
from staff.money.sums import Total

CENT = 10_000
DAY_WIDTH, DAY_HEIGHT = 720.0, 120.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `wide` is its share of the dearest line's cost, for a bar beside it."""

    name: str
    url: str
    runs: int
    calls: int
    failed: int
    failed_url: str
    failure_rate: str
    p50: str
    p95: str
    tokens: str
    cost: str
    each: str
    wide: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of days: its bars, what it shows in one sentence, and the value at its top."""

    bars: list[Bar]
    says: str
    top: str


def row(total: Total, *, name: str, filters: Mapping[str, str | int], times: Sequence[float], dearest: int) -> Row:
    """Return the line of a total. `filters` lead to its runs, `times` are how long its completed runs took."""
    whole = money(total.known_microusd, total.unknown)
    return Row(
        name=name,
        url=runs_address(**filters) if filters else "",
        runs=total.runs,
        calls=total.calls,
        failed=total.failed,
        failed_url=runs_address(**{**filters, "status": "failed"}) if filters and total.failed else "",
        failure_rate=failure_rate(total),
        p50=_time(percentile(times, 0.5)),
        p95=_time(percentile(times, 0.95)),
        tokens=words.tokens(total.input_tokens + total.output_tokens).removesuffix(" tokens") or "none",
        cost=whole,
        each=money(total.known_microusd // total.runs, total.unknown) if total.runs else "",
        wide=share(total.known_microusd, dearest),
    )


def money(known_microusd: int, unknown: int) -> str:
    """Return a sum of money; where `unknown` of its parts are not known, what it was at least."""
    if unknown:
        return words.cost(None, known_microusd).replace("cost not known", "not known")
    return words.cost(known_microusd) or "nothing"


def failure_rate(total: Total) -> str:
    """Return the share of runs that failed among those that came to an end of their own; "–" where none did."""
    ended = total.completed + total.failed
    if not ended:
        return "–"
    percent = 100 * total.failed / ended
    return f"{percent:.0f} %" if percent in (0, 100) or percent >= 1 else "under 1 %"


def percentile(values: Sequence[float], part: float) -> float | None:
    """Return the value that `part` of the values do not exceed (nearest rank, ISO 2602); None of no values."""
    if not values:
        return None
    rank = max(1, -(-len(values) * round(part * 100) // 100))
    return sorted(values)[rank - 1]


def days(first: date, last: date) -> list[date]:
    """Return every day from the first to the last, so that one without a run is seen as such."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def cost_chart(totals: Mapping[date, Total], all_days: Sequence[date]) -> Chart:
    """Return the chart of what each day cost. A day of which a part is not known says so."""
    values = [totals[day].known_microusd if day in totals else 0 for day in all_days]
    labels = [
        f"{_day(day)}: {money(totals[day].known_microusd, totals[day].unknown) if day in totals else 'no run ended'}"
        for day in all_days
    ]
    unknown = sum(total.unknown for total in totals.values())
    says = f"Cost by day: {money(sum(values), unknown)} in {words.amount(len(all_days), 'day')}."
    if unknown:
        says += f" Of {words.amount(unknown, 'run')} a part of the cost is not known, and not drawn."
    return Chart(_bars(values, labels), says, money(max(values, default=0), 0))


def runs_chart(totals: Mapping[date, Total], all_days: Sequence[date]) -> tuple[Chart, list[Bar]]:
    """Return the chart of how many runs ended each day, and the bars of those that failed, on the same scale."""
    runs = [totals[day].runs if day in totals else 0 for day in all_days]
    failed = [totals[day].failed if day in totals else 0 for day in all_days]
    labels = [
        f"{_day(day)}: {words.amount(count, 'run')}, {bad} failed"
        for day, count, bad in zip(all_days, runs, failed, strict=True)
    ]
    most = max(runs, default=0)
    says = f"Runs by day: {words.amount(sum(runs), 'run')}, {sum(failed)} failed (the foot of a bar)."
    # One slot more, as high as the tallest bar and left out again, puts both on one scale.
    width = DAY_WIDTH * (len(failed) + 1) / max(1, len(failed))
    below = bars([*failed, most], labels, width=width, height=DAY_HEIGHT)[:-1]
    return Chart(_bars(runs, labels), says, f"{most:,}"), below


def _bars(values: Sequence[float], labels: Sequence[str]) -> list[Bar]:
    return bars(values, labels, width=DAY_WIDTH, height=DAY_HEIGHT)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _time(seconds: float | None) -> str:
    return "–" if seconds is None else words.duration(seconds)
