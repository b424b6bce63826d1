"""What happened to a run, in whole sentences: the notices above its work, and the history beneath it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runs.presentation import words
from runs.presentation.words import Moment, clock

State = dict[str, Any]
Notice = dict[str, Any]


MOST_NOTICES = 5
"""So many of the last ones stand above the work; the history has MOST_LINES."""

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Something that happened to the run, in whole sentences."""

    key: str
    mark: str
    text: str
    at: Moment


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One thing that the workflow said of itself, or that happened to its run."""

    at: Moment
    text: str


def notice_views(notices: list[Notice], now: datetime, *, mine: bool) -> list[NoticeView]:
    """Return what a reader must know above the work; `mine` says that the run is the reader's own.

    That the run failed is shown by its error, or by what followed.
    """
    views: list[NoticeView] = []
    for position, notice in enumerate(notices):
        kind, at = notice["kind"], clock(notice["at"], now)
        if kind in ("recovered", "failed") or at is None:
            continue
        mark, text = _mark_and_words(notice, _taken_over(notices, position), f" at {at.text}", mine)
        views.append(NoticeView(f"{position}-{kind}", mark, text, at))
    return views[-MOST_NOTICES:]


def history(state: State, now: datetime, *, mine: bool) -> list[StatusLine]:
    """Return what the workflow said and what happened to the run, in the order of time."""
    notices = state["notices"]
    happened = [
        (notice["at"], _mark_and_words(notice, _taken_over(notices, position), "", mine)[1])
        for position, notice in enumerate(notices)
        if notice["kind"] != "recovered"
    ]
    said = [(line["at"], line["text"]) for line in state["status_lines"]]
    lines = sorted([*said, *happened], key=lambda line: line[0])
    return [StatusLine(at, text) for at_ms, text in lines[-MOST_LINES:] if (at := clock(at_ms, now)) is not None]


def _taken_over(notices: list[Notice], position: int) -> Notice | None:
    """Return the notice that another worker took over, where it follows this one directly: the two are shown as one."""
    following = notices[position + 1] if position + 1 < len(notices) else None
    return following if following and following["kind"] == "recovered" else None


def _mark_and_words(notice: Notice, taken: Notice | None, at: str, mine: bool) -> tuple[str, str]:
    """Return mark and words. `at` is " at 12:03:07", or "" where the time stands beside it."""
    kind, args = notice["kind"], notice["args"]
    if kind == "cancelling":
        return "–", f"{_who_asked(args.get('by') or '', mine)} to stop{at}."
    if kind == "failed":
        return "!", f"Stopped by an error{at}: {words.sentence(args.get('message') or 'it left no reason')}"
    if kind == "unreadable":
        return (
            "!",
            "This run's log cannot be read, so this page shows only its summary. Whoever runs this site can see why.",
        )
    if kind == "redis_changed" and args.get("whole"):
        lost = "Redis was away when it was made, or has lost it: what it had done before, if anything, is done again."
        return "◐", f"This run was started from its record{at}. {lost}"
    if kind == "redis_changed":
        lost = "What was written in the last second before may be gone: a step that had just ended may be done again."
        return "◐", f"Redis was started again{at}, or another of its servers took over. {lost}"
    if kind == "resumed" and args.get("reason") == "moved":
        return "▸", f"Moved to another version of the code{at}. What was finished before was kept."
    if kind == "resumed":
        again = "Retried" if args.get("reason") == "retry" else "Resumed"
        return "▸", f"{again}{at}. What was finished before was kept."
    return "◐", f"{_worker_lost(kind, args, at)} {_what_followed(notice, taken)}"


def _who_asked(by: str, mine: bool) -> str:
    """Say who asked the run: its owner is not named in the log."""
    if by:
        return f"{by} asked this run"
    return "You asked this run" if mine else "This run was asked"


def _worker_lost(kind: str, args: dict[str, Any], at: str) -> str:
    """Say how the run lost its worker."""
    if kind == "handed_over":
        return f"The worker on this run was told to stop{at} and handed the run over in good order."
    if held := args.get("held"):
        return (
            f"{words.sentence(held['sentence'])} The process was ended{at}, and this step was begun anew: "
            "when it does so again, the run is stopped."
        )
    if args.get("reason") == "worker_silent":
        return f"Another run held this worker up; the process was ended{at}."
    if args.get("reason") == "lease_expired":
        return f"The worker on this run went silent{f', which was noticed{at}' if at else ''}."
    return f"The worker on this run stopped{at}."


def _what_followed(lost: Notice, taken: Notice | None) -> str:
    if taken is None:
        return "Another one is taking over. What is finished is kept."
    after_s = (taken["at"] - lost["at"]) / 1000
    after = "at once" if after_s < 0.1 else f"after {words.duration(after_s)}"
    return f"Another took over {after}. Nothing finished was repeated."
