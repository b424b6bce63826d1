"""The form above the list: what can be narrowed, with what is set and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from genisys import workflows
from runs.models import RunStatus
from runs.presentation import words
from staff.narrowing import waits
from staff.narrowing.filters import OPEN, UNFINISHED, Filters

SINCE = (("", "any time"), ("1h", "the last hour"), ("24h", "the last 24 hours"), ("7d", "the last 7 days"))
_STATUS_NAMES = {
    OPEN: "not ended",
    UNFINISHED: "all but done",
    **{status: words.STATUS_WORDS[status] for status in RunStatus.values},
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that may be chosen."""

    value: str
    word: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A field that is written in. `wrong` is the sentence about what stands in it, "" where that is well."""

    name: str
    label: str
    value: str
    hint: str
    wrong: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterForm:
    """The fields, in their order. `shown` are those that always stand there; `more` open when asked for or set."""

    statuses: list[Choice]
    waits: list[Choice]
    since: list[Choice]
    q: Text
    more: list[Text]
    more_open: bool
    kept: list[tuple[str, str]]
    wrong: list[str]


def filter_form(filters: Filters) -> FilterForm:
    """Return the form as these filters fill it."""
    more = [_text(filters, *about) for about in _MORE]
    since = list(SINCE)
    if filters.since not in dict(SINCE):
        since.append((filters.since, f"since {filters.since}"))
    return FilterForm(
        statuses=_choices(_STATUS_NAMES, filters.status),
        waits=_choices(waits.WORDS, filters.waits),
        since=[Choice(value, word, value == filters.since) for value, word in since],
        q=_text(filters, "q", "Title or id", ""),
        more=more,
        more_open=any(field.value for field in more) or bool(filters.waits),
        kept=[(name, value) for name, value in filters.items() if name in ("aside", "stuck", "cause")],
        wrong=list(filters.wrong.values()),
    )


_MORE = (
    ("workflow", "Workflow", ""),
    ("person", "Person", "e-mail or number"),
    ("worker", "Worker", ""),
    ("deployment", "Deployment", ""),
    ("until", "Started before", "24h, 2026-11-28"),
    ("ended", "Ended in", "24h, 2026-11-28"),
    ("age", "Older than", "6h, 2d"),
    ("cost", "Cost at least, $", "0.50"),
    ("error", "Error says", ""),
)


def _text(filters: Filters, name: str, label: str, hint: str) -> Text:
    options = tuple(sorted(workflows())) if name == "workflow" else ()
    return Text(name, label, getattr(filters, name), hint, filters.wrong.get(name, ""), options)


def _choices(names: dict[str, str], chosen: tuple[str, ...]) -> list[Choice]:
    return [Choice(value, word, value in chosen) for value, word in names.items()]
