"""Redis's answers, decoded into the library's own data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import from_json

from ..core.logs import Logger
from ..log.compaction import first_seq
from ..log.page import LogPage
from ..redis_io.keys import DRAIN, LIMITS
from .records import RunMeta, WorkerInfo

log = Logger("genisys.store")


def text_of(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")


def meta_from(run_id: str, raw: dict[bytes, bytes]) -> RunMeta | None:
    if not raw or b"attempt" not in raw:
        return None

    def text(name: bytes) -> str:
        return raw.get(name, b"").decode()

    def number(name: bytes) -> int:
        return int(raw.get(name) or 0)

    return RunMeta(
        run_id=run_id,
        workflow=text(b"workflow"),
        owner=text(b"owner"),
        title=text(b"title"),
        deployment=text(b"deployment"),
        status=text(b"status"),
        attempt=number(b"attempt"),
        worker=text(b"lease_owner"),
        lease_until_ms=number(b"lease_until"),
        last_seq=number(b"last_seq"),
        log_id=text(b"log_id"),
        closed=text(b"closed") == "1",
        created_ms=number(b"created_ms"),
        ended_ms=number(b"ended_ms"),
        input_tokens=number(b"input_tokens"),
        output_tokens=number(b"output_tokens"),
        cost_microusd=number(b"cost_microusd"),
        cancel_requested=text(b"cancel") == "1",
        signals=number(b"signals"),
        paused=text(b"paused") == "1",
        waiting=from_json(raw[b"waiting"]) if raw.get(b"waiting") else None,
        silenced=number(b"silenced"),
        budget={limit: number(f"budget_{limit}".encode()) for limit in LIMITS if f"budget_{limit}".encode() in raw},
        unpriced=number(b"unpriced"),
        guessed_tokens=number(b"guessed_tokens"),
    )


def epoch_ns(seconds: Any, micros: Any) -> int:
    """Return epoch nanoseconds from the answer of TIME."""
    return int(seconds) * 1_000_000_000 + int(micros) * 1_000


def change_from(fields: dict[bytes, bytes]) -> tuple[str, str, int]:
    """Return run, status and place in its log; ("", "", 0) for an entry that is none of ours."""
    try:
        return text_of(fields[b"run"]), text_of(fields[b"status"]), int(fields[b"seq"])
    except (LookupError, ValueError) as error:
        log.error("lifecycle.unreadable", entry=repr(fields)[:500], error=f"{type(error).__name__}: {error}")
        return "", "", 0


def events_from(entries: Iterable[tuple[bytes, dict[bytes, bytes]]], after: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for _, fields in entries:
        seq, attempt = int(fields[b"f"]), int(fields[b"a"])
        for event in from_json(fields[b"b"]):
            if seq > after:  # An entry is a batch, and the cursor may stand in its middle.
                event["seq"] = seq
                event.setdefault("attempt", attempt)
                events.append(event)
            seq += 1
    return events


def page_from(head: Sequence[bytes | None], events: list[dict[str, Any]]) -> LogPage:
    log_id, last_seq, closed, status = head
    return LogPage(
        log_id=text_of(log_id),
        events=events,
        first_seq=first_seq(events[0]) if events else 0,
        last_seq=int(last_seq or 0),
        closed=closed == b"1",
        status=text_of(status),
        found=last_seq is not None,
    )


def lacks(page: LogPage, after: int) -> bool:
    return page.first_seq > after + 1 if page.events else page.last_seq > after


def hash_of(answer: dict[bytes, bytes] | Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the answer of HGETALL, which is a map in RESP3 and a list in RESP2."""
    return answer if isinstance(answer, dict) else pairs(answer)


def pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def scored(answer: Sequence[Any]) -> Iterable[tuple[bytes, float]]:
    """Return members and scores of an answer WITHSCORES: pairs and numbers in RESP3, a flat list of bytes in RESP2."""
    found = answer if answer and isinstance(answer[0], list) else zip(answer[::2], answer[1::2], strict=True)
    return [(member, float(score)) for member, score in found]


def worker_from(raw: dict[bytes, bytes]) -> WorkerInfo:
    def text(name: bytes) -> str:
        return raw.get(name, b"").decode()

    # One field each, as a beat is written in one HSET: ids have no spaces in them, a step's name may, and comes last.
    runs = tuple(text(b"runs").split())
    blocked_ms, blocked_by, blocked_step = (text(b"blocked") or "0  ").split(" ", 2)
    return WorkerInfo(
        id=text(b"id"),
        host=text(b"host"),
        pid=int(text(b"pid")),
        deployment=text(b"deployment"),
        concurrency=int(text(b"concurrency")),
        started_ms=int(text(b"started_ms")),
        beat_ms=int(text(b"beat_ms")),
        runs=runs,
        marks=dict(zip(runs, map(int, text(b"marks").split()), strict=False)),
        draining=text(b"draining") == "1",
        blocked_ms=int(blocked_ms),
        blocked_by=blocked_by,
        blocked_step=blocked_step,
        stopping=text(b"stopping") == "1",
        asked_to_drain=text(DRAIN.encode()) == "1",
    )
