"""Times, amounts and statuses in the words and marks that people read, the same everywhere."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

STATUS_WORDS = {
    "none": "waiting to start",
    "queued": "waiting to start",
    "running": "under way",
    "waiting": "waiting",
    "recovering": "taking over",
    "cancelling": "stopping",
    "completed": "done",
    "failed": "failed",
    "cancelled": "stopped",
}
STATUS_MARKS = {
    "none": "·",
    "queued": "·",
    "running": "▸",
    "waiting": "·",
    "recovering": "◐",
    "cancelling": "▸",
    "completed": "✓",
    "failed": "!",
    "cancelled": "–",
}
CENT_MICROUSD = 10_000
WAITING_WORDS = {
    "sleep": "Waiting",
    "input": "Waiting for an answer",
    "retry": "Waiting to try again",
    "paused": "Paused. What was done is kept",
    "provider": "Waiting for the model’s provider",
    "budget": "The budget is used up. What was done is kept; the run continues once the budget is raised",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time for a `<time>` element: `iso` in UTC for machines, `text` in the zone of the site."""

    iso: str
    text: str


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def clock(ms: int, now: datetime) -> Moment | None:
    """Return the time of day to the second, with the day where it is not today's; None for 0."""
    if not ms:
        return None
    at = datetime.fromtimestamp(ms / 1000, UTC)
    local = timezone.localtime(at)
    text = f"{local:%H:%M:%S}"
    if local.date() != timezone.localtime(now).date():
        text = f"{local.day} {local:%b}, {text}"
    return Moment(_iso(at), text)


def day(at: datetime) -> Moment:
    """Return day and time for lists."""
    local = timezone.localtime(at)
    year = f" {local.year}" if local.year != timezone.localtime().year else ""
    return Moment(_iso(at), f"{local.day} {local:%b}{year}, {local:%H:%M}")


SHORTEST_S = 0.05
"""What is shorter rounds to nothing, and is told as less than a tenth of a second."""


def duration(seconds: float) -> str:
    """Return a length of time in words: "less than 0.1 s", "0.8 s", "42 s", "1 min 42 s", "2 h 5 min"."""
    if seconds < SHORTEST_S:
        return "less than 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def stopwatch(seconds: float) -> str:
    """Return a length of time as "0:31" or "1:02:09"."""
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def took(seconds: float) -> str:
    """Return how long something took that is over, as a stopwatch has it; "<1 s" where that would show nothing."""
    return "<1 s" if seconds < 1 else stopwatch(seconds)


def time_left(seconds: float) -> str:
    """Return how long something still takes, as roughly as one can know: "about 3 minutes left"."""
    if seconds < 50:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes <= 1:
        return "about a minute left"
    return f"about {minutes} minutes left" if minutes < 90 else f"about {round(minutes / 60)} hours left"


def tokens(count: int) -> str:
    """Return a number of tokens: "812 tokens", "12.3k tokens"; "" for none."""
    if not count:
        return ""
    if count < 1000:
        return f"{count} tokens"
    return f"{count / 1000:.1f}k tokens" if count < 1_000_000 else f"{count / 1_000_000:.1f}M tokens"


def cost(microusd: int | None, known_microusd: int = 0) -> str:
    """Return a cost; "" for none. Of one that is not known (None), say what it was at least, where that is a cent."""
    if microusd is None:
        return f"at least {_dollars(known_microusd)}" if known_microusd >= CENT_MICROUSD else "cost not known"
    if microusd >= CENT_MICROUSD:
        return _dollars(microusd)
    return "less than $0.01" if microusd > 0 else ""


def _dollars(microusd: int) -> str:
    return f"${microusd / 1_000_000:,.2f}"


def amount(count: int, noun: str) -> str:
    """Return a count with its noun in the right number."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def waiting(facts: dict[str, Any], now: datetime, *, asked: bool = False) -> str:
    """Say what a run waits for, from the fields of its `run.waiting`, with the time in the zone of the site.

    Whoever is `asked` has the question, and until when, before them.
    """
    if asked and facts["reason"] == "input":
        return "Waiting for your answer."
    said = WAITING_WORDS.get(facts["reason"], f"Waiting: {facts['reason']}")
    if prompt := facts.get("prompt"):
        said = f"{said} to “{prompt}”"
    until = clock(facts.get("until") or 0, now)
    return f"{said}, until {until.text}." if until else f"{said}."


def reason(error: dict[str, Any] | None) -> str:
    """Return what an error says, for a person: "" where it says nothing.

    Python's own errors are written for programmers ("'missing'", "list index out of range"): one that is no sentence
    is shown as a fault of the program. Tracebacks are for staff.
    """
    message, kind = ((error or {}).get(field) or "" for field in ("message", "kind"))
    own = vars(builtins).get(kind)
    is_pythons = isinstance(own, type) and issubclass(own, BaseException)
    if not is_pythons or (message[:1].isupper() and message.endswith((".", "!", "?"))):
        return str(message)
    named = f"{kind}: {message}" if message and message != kind else kind
    return f"The program ran into an unexpected error ({named})."


def title_of(name: str) -> str:
    """Return the name of a workflow or a component as a title: "Daily digest" of `daily-digest`."""
    text = name.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return the text with a full stop, unless it ends as a sentence already, be it inside of quotes."""
    text = text.strip()
    return text if text.rstrip("”").endswith((".", "!", "?", "…")) else f"{text}."
