"""Whoever asks how a run stands is told the same everywhere: in lists, on its pages, by the API and by its socket."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import AsyncClient
from pydantic import BaseModel

from genisys import RunNotOpen, UserError, component, request_input, workflow
from genisys.host import fold, new_state
from runs.accounts import tokens
from runs.live.following import Cursor, close_hub, follow
from runs.models import Run
from runs.record.states import run_events, run_state
from runs.rules.audit import Actor, Via
from runs.rules.questions import open_questions
from runs.service.actions import answer_input, cancel_run, pause_run, resume_run, retry_run
from runs.service.starting import start_run
from tests.depth import by_depth

RUNS = by_depth(3, 8)
DEEDS = by_depth(10, 60)
BEGINNINGS = {"recovering": {"running"}, "cancelling": {"queued", "running", "waiting"}}
"""Statuses of the fold alone, and those that lists may show meanwhile."""
HELD: dict[str, asyncio.Event] = {}
BROKEN: set[str] = set()


class Round(BaseModel):
    name: str


class Verdict(BaseModel):
    more: bool


@component
async def turn(name: str, number: int) -> int:
    await asyncio.wait_for(HELD[name].wait(), 5)
    HELD[name].clear()
    if name in BROKEN:
        BROKEN.discard(name)
        raise ValueError("It broke.")
    return number


@workflow(name="status-rounds")
async def rounds(round: Round) -> Verdict:
    number = 0
    while True:
        await turn(round.name, number)
        number += 1
        verdict = await request_input(Verdict, f"Another turn after {number}?", name=f"more-{number}")
        if not verdict.more:
            return verdict


@dataclass
class Seen:
    """What each place said of one run, in the order in which it was asked, without repetitions."""

    run: Run
    said: dict[str, list[str]] = field(default_factory=dict)

    def hears(self, place: str, status: str) -> None:
        said = self.said.setdefault(place, [])
        if not said or said[-1] != status:
            said.append(status)


class Places:
    """All places where a run's status is told, asked as its owner, as staff and by a token."""

    def __init__(self, owner: AsyncClient, staff: AsyncClient, token: str) -> None:
        self._owner, self._staff = owner, staff
        self._api = {"Authorization": f"Bearer {token}"}

    async def ask(self, runs: Sequence[Seen]) -> None:
        await self._lists(runs)
        for seen in runs:
            run_id = seen.run.pk
            for place, client, address in (
                ("own page", self._owner, f"/runs/{run_id}/"),
                ("own page, live", self._owner, f"/runs/{run_id}/fragment"),
                ("staff's page", self._staff, f"/staff/runs/{run_id}/"),
                ("staff's page, live", self._staff, f"/staff/runs/{run_id}/fragment"),
            ):
                page = await _soup(client, address)
                mark = page.select_one("[data-live='run']" if client is self._owner else "[class^='state state-']")
                seen.hears(place, _state_in(mark))
            answer = await self._owner.get(f"/api/runs/{run_id}", headers=self._api)
            seen.hears("API", answer.json()["status"])

    async def _lists(self, runs: Sequence[Seen]) -> None:
        own, staff = await _soup(self._owner, "/runs/"), await _soup(self._staff, "/staff/runs/")
        listed = (await self._owner.get("/api/runs", headers=self._api)).json()
        api = {row["id"]: row["status"] for row in listed["runs"]}
        for seen in runs:
            for place, page in (("list", own), ("staff's list", staff)):
                row = page.select_one(f"tr:has(a[href*='{seen.run.pk}'])")
                seen.hears(place, _state_in(row.select_one("[class^='state state-']")))
            seen.hears("API's list", api[seen.run.pk])


async def _soup(client: AsyncClient, address: str) -> BeautifulSoup:
    answer = await client.get(address)
    assert answer.status_code == 200, address
    return BeautifulSoup(answer.content, "html.parser")


def _state_in(mark: Any) -> str:
    said = str(next(name for name in mark["class"] if "-" in name)).partition("-")[2]
    return "waiting" if said == "asks" else said  # the list tells apart what waits for its owner's answer


async def statuses_of(run: Run) -> list[str]:
    """Return the statuses that the run's log has been in, in their order."""
    state, found = new_state(), []
    for event in (await run_events(run, 0, 10_000)).events:
        state = fold([event], state)
        if not found or found[-1] != state["run_status"]:
            found.append(state["run_status"])
    return found


def stands_in(said: Sequence[str], was: Sequence[str]) -> bool:
    """Say whether `said` are some of the statuses that the log was in, in the same order."""
    at = 0
    for status in said:
        while at < len(was) and status != was[at] and status not in BEGINNINGS.get(was[at], ()):
            at += 1
        if at == len(was):
            return False
    return True


async def _deed(run: Run, name: str, actor: Actor, chosen: random.Random) -> None:
    """Do one thing to the run, whichever; that it cannot be just now is no fault."""
    deed = chosen.choice(("go", "go", "break", "pause", "resume", "answer", "answer", "cancel", "retry", "retry"))
    run = await Run.objects.aget(pk=run.pk)
    try:
        if deed in ("go", "break"):
            BROKEN.update({name} if deed == "break" else ())
            HELD[name].set()
        elif deed == "answer":
            await _answer(run, actor, more=chosen.random() < 0.8)
        else:
            await {"pause": pause_run, "resume": resume_run, "cancel": cancel_run, "retry": retry_run}[deed](run, actor)
    except (UserError, RunNotOpen):
        pass


async def _answer(run: Run, actor: Actor, *, more: bool) -> None:
    state, _ = await run_state(run)
    for question in open_questions(run, state)[:1]:
        await answer_input(run, actor, question.token, {"more": more})


@pytest.fixture
async def places(engine, people) -> Places:
    clients = AsyncClient(), AsyncClient()
    for client, person in zip(clients, (people.owner, people.operator), strict=True):
        await client.aforce_login(person)
    _, token = await asyncio.to_thread(tokens.issue, people.owner, name="t", scopes=["read"])
    return Places(*clients, token)


@pytest.fixture
async def rounds_of(engine, people) -> Callable[[int], Any]:
    async def start(count: int) -> list[Seen]:
        found = []
        for number in range(count):
            name = f"round-{number}"
            HELD[name] = asyncio.Event()
            run = await start_run(user=people.owner, workflow="status-rounds", input=Round(name=name), title=name)
            found.append(Seen(run))
        return found

    yield start
    HELD.clear()
    BROKEN.clear()
    await close_hub()


async def _followed(seen: Seen) -> str:
    """Return the status that a socket's reader comes to, who takes up all that there is."""
    state = new_state()
    async with aclosing(follow(seen.run, Cursor())) as frames:
        async for frame in frames:
            if frame.t == "batch":
                state = fold(frame["events"], state)
            if frame.t in ("live", "end"):
                break
    return str(state["run_status"])


async def _settled(control: Any, places: Places, seen: Seen, eventually: Any) -> dict[str, str]:
    """Let control look, and ask everybody once more, until nothing moves any more."""

    async def alike() -> Any:
        before = await statuses_of(seen.run)
        await control.sweep()
        last = Seen(await Run.objects.aget(pk=seen.run.pk))
        await places.ask([last])
        last.hears("socket", await _followed(last))
        # A run that is being cancelled moves on, though nothing may be seen of that for a second.
        if before[-1] in BEGINNINGS or before != await statuses_of(seen.run):
            return None
        return {place: said[-1] for place, said in last.said.items()}

    return dict(await eventually(alike, "the run does not settle"))


@pytest.mark.parametrize("seed", by_depth([1], [1, 2, 3, 4]))
async def test_no_place_tells_a_status_that_the_log_was_not_in_and_once_settled_all_agree(
    worker, control, places, rounds_of, people, eventually, seed
):
    chosen = random.Random(seed)
    runs = await rounds_of(RUNS)
    actor = Actor(people.owner, Via.PAGE)

    async def look() -> None:
        while True:
            await control.sweep()
            await places.ask(runs)

    looking = asyncio.create_task(look())
    for _ in range(DEEDS):
        await asyncio.gather(*(_deed(seen.run, seen.run.title, actor, chosen) for seen in runs))
        await asyncio.sleep(chosen.uniform(0, 0.3))  # so that looks fall before, into and after changes
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    assert looking.cancelled(), looking.exception()

    for seen in runs:
        was = await statuses_of(seen.run)
        for place, said in seen.said.items():
            assert stands_in(said, was), (place, said, was)
        for event in HELD.values():
            event.set()
        told = await _settled(control, places, seen, eventually)
        assert len(set(told.values())) == 1, (told, was)
    assert {status for seen in runs for status in await statuses_of(seen.run)} >= {"queued", "running", "waiting"}
