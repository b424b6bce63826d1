"""A site read while the worker is killed twice, and Redis and the web process are restarted; and one read twice.

What was fetched and paid for is counted by the site and by the model themselves, each with its time; when a step was
done is the record's word. A page that is asked for, or a question that is put, after its step was done is done twice.
What was under way when something was killed is asked again: `fetched_again` and `paid_again` count all that was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .product import Answer, Product, Size, Speed, doubled_of, epoch, kept_pages, lost_of, product

FAULTS = ("worker's process killed", "Redis restarted", "web restarted", "worker killed with all its processes")
READ = "Read "
UNDERSTAND = "Understand "
S_PER_PAGE_MOST = 3.0
S_PER_PAGE_QUIET = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the record, of what is asked of it here."""

    key: str
    parent: str
    title: str
    is_call: bool
    ended_at: float


async def measure(folder: Path, size: Size) -> dict[str, float]:
    """Read the site through all faults, at even distances, and count."""
    async with product(folder / "kills", size, Speed(), INGEST_MIN_DELAY="0", INGEST_HOST_CONCURRENCY="8") as made:
        async with made.caller() as client:
            run_id = await made.begin(client)
        for number, fault in enumerate(FAULTS, 1):
            await made.progressed(run_id, size.pages * number // (len(FAULTS) + 1), 60 + size.pages * S_PER_PAGE_MOST)
            await strike(made, fault)
        await made.recorded(run_id, 120 + size.pages * S_PER_PAGE_MOST)
        return await asyncio.to_thread(_counted, made, run_id, size.pages)


async def strike(made: Product, fault: str) -> None:
    """Let one of FAULTS happen."""
    if fault == FAULTS[0]:
        await made.kill_child()
    elif fault == FAULTS[1]:
        await asyncio.to_thread(made.redis.stop)
        await made.redis.start()
    elif fault == FAULTS[2]:
        await made.web.stop()
        await made.web.start()
    else:
        await asyncio.to_thread(made.worker.kill_all)
        made.worker = await made.start_worker()


def _counted(made: Product, run_id: str, pages: int) -> dict[str, float]:
    whole = made.read.whole()
    questions = by_question(made.answers())
    columns = "key, parent_key, title, call != '', ended_at"
    rows = made.rows(f"SELECT {columns} FROM runs_step WHERE run_id = ? AND ended_at IS NOT NULL", run_id)  # noqa: S608
    steps = [Step(key, parent, title, bool(is_call), epoch(at)) for key, parent, title, is_call, at in rows]
    return {
        "lost_pages": lost_of(kept_pages(made.database, made.read.url), made.read.url, pages),
        "not_understood": len(set(whole) - {path for path, _ in questions}),
        "fetched_twice": sum(after_end(times, reads(steps).get(path)) for path, times in whole.items()),
        "paid_twice": sum(after_end(times, calls(steps).get(path)) for (path, _), times in questions.items()),
        "fetched_again": doubled_of(whole),
        "paid_again": doubled_of(questions),
        "attempts": max(made.rows("SELECT attempt FROM runs_step WHERE run_id = ?", run_id))[0],
    }


def reads(steps: Iterable[Step]) -> dict[str, float]:
    """Return when each page's reading was done, by path."""
    return {step.title.removeprefix(READ): step.ended_at for step in steps if step.title.startswith(READ)}


def calls(steps: Sequence[Step]) -> dict[str, float]:
    """Return when the model's last answer about each page was kept, by path."""
    by_key = {step.key: step for step in steps}
    found = dict[str, float]()
    for step in steps:
        above: Step | None = step
        while above is not None and not above.title.startswith(UNDERSTAND):
            above = by_key.get(above.parent)
        if step.is_call and above is not None:
            path = above.title.removeprefix(UNDERSTAND)
            found[path] = max(step.ended_at, found.get(path, 0.0))
    return found


def by_question(answers: Iterable[Answer]) -> dict[tuple[str, str], list[float]]:
    """Return when each question about a page was answered; those about the site as a whole are left out."""
    found = dict[tuple[str, str], list[float]]()
    for answer in answers:
        if answer.path:
            found.setdefault((answer.path, answer.question), []).append(answer.at)
    return found


def after_end(times: Sequence[float], end: float | None) -> int:
    """Return how many of the times, the first one aside, come after what was asked for was done."""
    return sum(end is None or at > end for at in sorted(times)[1:])


async def measure_again(folder: Path, size: Size) -> dict[str, float]:
    """Read the site, read it again, and count what the second reading asked for."""
    limit_s = 120 + size.pages * S_PER_PAGE_QUIET
    settings = {"INGEST_MIN_DELAY": "0", "INGEST_HOST_CONCURRENCY": "8"}
    async with product(folder / "again", size, Speed(token_s=0.0), **settings) as made, made.caller() as client:
        await made.recorded(await made.begin(client), limit_s)
        asked = len(await asyncio.to_thread(made.answers))
        whole = await asyncio.to_thread(made.read.whole)
        site_id = (await client.get("/api/sites")).json()[0]["id"]
        await made.recorded((await client.post(f"/api/sites/{site_id}/read", json={})).json()["run_id"], limit_s)
        answers = (await asyncio.to_thread(made.answers))[asked:]
        again = await asyncio.to_thread(made.read.whole)
        return {
            "model_calls_of_pages": sum(bool(answer.path) for answer in answers),
            "model_calls": len(answers),
            "unchanged": await asyncio.to_thread(made.read.unchanged),
            "fetched_whole": sum(map(len, again.values())) - sum(map(len, whole.values())),
            "pages": size.pages,
        }
