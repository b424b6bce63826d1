"""The recorded run: its log, in a static file that the page's script reads too, and its page at each of its events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from genisys.host import fold
from runs import products
from runs.models import Run
from runs.presentation import words
from runs.presentation.present import present

STATIC_NAME = "recordings/reading.json"
_MOST_KEPT = 256
"""Pages that are kept drawn: more than the events of the recording, so that replays cost nothing."""


def write(events: list[dict[str, Any]], path: Path) -> None:
    """Write a run's log as a recording; the names of its workers, which name a machine, are left out."""
    kept = [{**event, "worker": ""} if "worker" in event else event for event in events]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"events": kept}, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def path() -> Path:
    """Return where the recording is kept."""
    return Path(settings.BASE_DIR) / "static" / STATIC_NAME


@cache
def events() -> list[dict[str, Any]]:
    """Return the recorded log, oldest first."""
    recorded: list[dict[str, Any]] = json.loads(path().read_text(encoding="utf-8"))["events"]
    return recorded


def last_seq() -> int:
    """Return the number of the last event."""
    return int(events()[-1]["seq"])


@lru_cache(maxsize=_MOST_KEPT)
def drawn(seq: int) -> str:
    """Return the HTML of the run as its page showed it once it knew of the event `seq`, which must be in the log."""
    known = [event for event in events() if event["seq"] <= seq]
    state, run = fold(known), _row()
    product = products.product_of(run.workflow)
    assert product is not None  # `record` records no others
    context = {
        **product.context(run, state),
        "view": present(run, state, can_control=False, stages=product.stages, now=_at(known[-1])),
        "product": product,
        "body_template": product.template,
        "shared": True,
        "still": True,
        "served_at": known[-1]["at"] // 1000,
    }
    return render_to_string("welcome/_recording.html", context)


def took() -> str:
    """Return how long the recorded run took, in words."""
    return words.duration((events()[-1]["at"] - events()[0]["at"]) / 1000)


def _row() -> Run:
    """Return a row that is nobody's and in no table: the run's own stands in the database where it was recorded."""
    first = events()[0]
    return Run(id="recorded", workflow=first["workflow"], title=first["title"], created_at=_at(first))


def _at(event: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(event["at"] / 1000, UTC)
