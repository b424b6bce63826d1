"""Whatever happens to Redis, doorbells, logs and connections, a viewer gets exactly the log. In virtual time."""

from __future__ import annotations

import asyncio
import copy
import itertools
import secrets
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from genisys.host import Hub, LogPage, canonical, compacted, first_seq, fold, new_state
from genisys.log import frames as _wire  # its limits are made small here, so that a few events overflow them
from genisys.streaming import hub as _hub  # as above
from genisys.streaming import tail as _tail  # as above

RUN = "018f0000-0000-7000-8000-000000000001"


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        select = self._selector.select

        def jump(timeout: float | None = None) -> Any:
            if timeout is None:
                raise AssertionError("everything waits, and no timer is set")
            self._now += timeout
            return select(0)

        self._selector.select = jump

    def time(self) -> float:
        return self._now


@dataclass
class Log:
    """`events` is all that was ever appended; what lies before `trimmed` is in `history`, compacted."""

    log_id: str
    events: list[dict[str, Any]] = field(default_factory=list)
    closed: bool = False
    status: str = "running"
    trimmed: int = 0
    history: list[list[dict[str, Any]]] = field(default_factory=list)
    snapshot: dict[str, Any] | None = None

    @property
    def last(self) -> int:
        return self.events[-1]["seq"] if self.events else 0

    def state(self, seq: int | None = None) -> dict[str, Any]:
        """Return the fold of the log up to `seq`."""
        return fold(copy.deepcopy([event for event in self.events if seq is None or event["seq"] <= seq]))


class FaultyLogs:
    """Where the hub reads in these tests. Can be away, lose doorbells, and lose the end of a log."""

    def __init__(self) -> None:
        self.logs: dict[str, Log] = {}
        self.away = False
        self.page = 7
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self.reads = 0

    @property
    def store(self) -> FaultyLogs:
        return self

    async def read_many(
        self, cursors: Sequence[tuple[str, int]], limit: int = 1000, most_bytes: int | None = None
    ) -> dict[str, LogPage]:
        self.reads += 1
        await asyncio.sleep(0.001)  # a read takes time, in which other things happen
        if self.away:
            raise ConnectionError("Redis is away")
        return {run_id: self._page(run_id, after, min(limit, self.page)) for run_id, after in cursors}

    def _page(self, run_id: str, after: int, limit: int) -> LogPage:
        log = self.logs.get(run_id)
        if log is None:
            return LogPage("", [], 0, 0, False, "", False)
        events = [event for event in log.events if event["seq"] > max(after, log.trimmed)][:limit]
        if after < log.trimmed:
            chunk = next((chunk for chunk in log.history if chunk[-1]["seq"] > after), events)
            events = [event for event in chunk if event["seq"] > after]
        first = first_seq(events[0]) if events else 0
        return LogPage(log.log_id, copy.deepcopy(events), first, log.last, log.closed, log.status, True)

    async def snapshot(self, run_id: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.logs[run_id].snapshot)

    def compact(self, run_id: str, grace: int = 3) -> None:
        """What `Compactor` does: a chunk of history, a snapshot, a log trimmed behind it."""
        log = self.logs[run_id]
        done = log.snapshot["seq"] if log.snapshot else 0
        chunk = compacted(copy.deepcopy([event for event in log.events if event["seq"] > done]))
        if chunk:
            log.history.append(chunk)
            log.snapshot = log.state()
            log.trimmed = max(log.trimmed, log.last - grace)

    @asynccontextmanager
    async def doorbells(self) -> AsyncIterator[AsyncIterator[str]]:
        if self.away:
            raise ConnectionError("Redis is away")
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners.add(queue)

        async def rung() -> AsyncIterator[str]:
            while (run_id := await queue.get()) is not None:
                yield run_id
            raise ConnectionError("the connection was lost")

        try:
            yield rung()
        finally:
            self._listeners.discard(queue)

    def append(self, run_id: str, count: int, *, ring: bool = True, size: int = 0) -> None:
        log = self.logs.setdefault(run_id, Log(secrets.token_hex(4)))
        for _ in range(count):
            seq = log.events[-1]["seq"] + 1 if log.events else 1
            text = secrets.token_hex(4) + "é" * size
            log.events.append({"seq": seq, "type": "status", "at": seq, "attempt": 1, "text": text})
        if ring:
            self._ring(run_id)

    def write(self, run_id: str, pieces: int, *, final: bool = False) -> None:
        """Stream a piece of text to the run, as a component does."""
        log = self.logs.setdefault(run_id, Log(secrets.token_hex(4)))
        text = log.state()["blocks"].get("a", {"txt": ""})["txt"]
        kinds: list[dict[str, Any]] = [] if text else [{"type": "text.reset"}]
        for _ in range(pieces):
            piece = secrets.token_hex(2)
            kinds.append({"type": "text.delta", "off": len(text), "txt": piece})
            text += piece
        if final:
            kinds += [{"type": "text.final", "txt": text}, {"type": "text.reset"}]
        for event in kinds:
            seq = log.last + 1
            log.events.append({"seq": seq, "at": seq, "attempt": 1, "block": "a", **event})
        self._ring(run_id)

    def end(self, run_id: str, status: str = "completed") -> None:
        self.append(run_id, 1, ring=False)
        self.logs[run_id].closed, self.logs[run_id].status = True, status
        self._ring(run_id)

    def lose_end(self, run_id: str, count: int) -> None:
        """What a Redis that was restarted does: the last writes are gone, and the next writer makes a new log id."""
        log = self.logs[run_id]
        kept = log.last - count
        log.events = [event for event in log.events if event["seq"] <= kept]
        log.history = [chunk for chunk in log.history if chunk[-1]["seq"] <= kept]
        done = log.history[-1][-1]["seq"] if log.history else 0
        log.snapshot = log.state(done) if done else None
        log.trimmed = min(log.trimmed, done)
        log.log_id = secrets.token_hex(4)

    def go_away(self) -> None:
        self.away = True
        for queue in self._listeners:
            queue.put_nowait(None)

    def _ring(self, run_id: str) -> None:
        for queue in self._listeners:
            queue.put_nowait(run_id)


class Reader:
    """A client that trusts nothing: it fails on a gap, a repeated event, or anything behind an end."""

    def __init__(self, hub: Hub, run_id: str = RUN, *, takes: bool = False) -> None:
        self.hub = hub
        self.run_id = run_id
        self.takes = takes
        self.taken = 0
        self.events: list[dict[str, Any]] = []
        self.state = new_state()
        self.log_id: str | None = None
        self.resyncs: list[str] = []
        self.lives = 0
        self.status = ""
        self.failure: BaseException | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def seq(self) -> int:
        return int(self.state["seq"])

    def had(self, events: Sequence[dict[str, Any]], log_id: str | None) -> None:
        """Take up what a page knew of the run."""
        self.events, self.log_id = list(events), log_id
        self.state = fold(copy.deepcopy(self.events))

    def connect(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self._follow())

    async def disconnect(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])
            self.task = None

    async def _follow(self) -> None:
        try:
            async with self.hub.view(self.run_id, after=self.seq, log_id=self.log_id) as viewer:
                viewer.taker = self._takes if self.takes else None
                async for frame in viewer:
                    self.take(frame)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.failure = error

    def _takes(self, frame: Any) -> bool:
        """Take some of the news, as a socket does while it has room."""
        if frame["t"] != "batch" or frame["last"] % 3 == 0:
            return False
        self.taken += 1
        try:
            self.take(frame)
        except AssertionError as error:
            self.failure = error
        return True

    def take(self, frame: Any) -> None:
        assert not self.status, f"{frame!r} behind the end"
        if frame["t"] == "resync":
            self.resyncs.append(frame["reason"])
            self.events, self.log_id = [], frame["log_id"]
            self.state = frame.get("state") or new_state()
            assert self.seq == frame["seq"]
        elif frame["t"] == "batch":
            assert self.log_id in (None, frame["log_id"]), "another log without a resync"
            self.log_id = frame["log_id"]
            assert frame["first"] <= self.seq + 1 <= frame["last"], f"{frame!r} behind {self.seq}"
            assert first_seq(frame["events"][0]) <= self.seq + 1
            for before, event in itertools.pairwise(frame["events"]):
                assert first_seq(event) == before["seq"] + 1
            assert frame["events"][-1]["seq"] == frame["last"]
            self.events.extend(frame["events"])
            fold(frame["events"], self.state)
        elif frame["t"] == "end":
            assert frame["seq"] == self.seq
            self.status = frame["status"]
        elif frame["t"] in ("live", "ping"):
            assert frame["seq"] == self.seq, f"{frame!r} at {self.seq}"
            self.lives += frame["t"] == "live"


class HubMachine(RuleBasedStateMachine):
    """Appends, losses, outages and readers that come and go, in any order."""

    readers = Bundle("readers")

    @initialize()
    def begin(self) -> None:
        # Small enough that batches are split and tails are left behind all the time.
        self.patch = pytest.MonkeyPatch()
        for module in (_hub, _tail):
            self.patch.setattr(module, "RING_BYTES", 4000)
        self.patch.setattr(_wire, "BATCH_BYTES", 1000)
        self.loop = VirtualTimeLoop()
        self.logs = FaultyLogs()
        self.all: list[Reader] = []
        self.run(self._start())

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    async def _start(self) -> None:
        self.hub = Hub(self.logs)
        await self.hub.start()

    @precondition(lambda self: self.open)
    @rule(count=st.integers(1, 20), ring=st.booleans(), size=st.sampled_from([0, 0, 200]))
    def append(self, count: int, ring: bool, size: int) -> None:
        self.logs.append(RUN, count, ring=ring, size=size)

    @precondition(lambda self: self.open)
    @rule(pieces=st.integers(0, 20), final=st.booleans())
    def stream_text(self, pieces: int, final: bool) -> None:
        self.logs.write(RUN, pieces, final=final)

    @precondition(lambda self: RUN in self.logs.logs)
    @rule(grace=st.integers(0, 10))
    def compact(self, grace: int) -> None:
        self.logs.compact(RUN, grace)

    @property
    def open(self) -> bool:
        return RUN not in self.logs.logs or not self.logs.logs[RUN].closed

    @precondition(lambda self: self.open)
    @rule()
    def end(self) -> None:
        self.logs.end(RUN)

    @precondition(lambda self: not self.open)
    @rule()
    def reopen(self) -> None:
        self.logs.logs[RUN].closed = False
        self.logs.append(RUN, 1)

    @precondition(lambda self: RUN in self.logs.logs and self.open)
    @rule(count=st.integers(0, 5))
    def lose_end(self, count: int) -> None:
        self.logs.lose_end(RUN, count)
        self.logs.append(RUN, 1, ring=False)

    @rule()
    def redis_goes_away(self) -> None:
        self.logs.go_away()

    @rule()
    def redis_comes_back(self) -> None:
        self.logs.away = False

    @rule(target=readers, takes=st.booleans())
    def new_reader(self, takes: bool) -> Reader:
        return self._reader(Reader(self.hub, takes=takes))

    @precondition(lambda self: RUN in self.logs.logs)
    @rule(target=readers, place=st.floats(0, 1))
    def reader_with_a_page(self, place: float) -> Reader:
        """One that was rendered on the server at some place in the log and goes on from there."""
        log = self.logs.logs[RUN]
        reader = Reader(self.hub)
        events = copy.deepcopy(log.events[: round(place * len(log.events))])
        reader.had(events, log.log_id if events else None)
        return self._reader(reader)

    def _reader(self, reader: Reader) -> Reader:
        self.all.append(reader)
        self.run(self._connect(reader))
        return reader

    async def _connect(self, reader: Reader) -> None:
        reader.connect()

    @rule(reader=readers)
    def disconnect(self, reader: Reader) -> None:
        self.run(reader.disconnect())

    @rule(reader=readers)
    def reconnect(self, reader: Reader) -> None:
        self.run(reader.disconnect())
        if not reader.status:
            self.run(self._connect(reader))

    @rule(seconds=st.sampled_from([0.001, 0.015, 0.05, 1.0, 20.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @invariant()
    def nobody_saw_a_gap(self) -> None:
        for reader in getattr(self, "all", []):
            if reader.failure is not None:
                raise reader.failure

    @invariant()
    def what_a_reader_has_is_the_fold_of_the_log(self) -> None:
        log = getattr(self, "logs", FaultyLogs()).logs.get(RUN)
        for reader in getattr(self, "all", []):
            # One that follows a log which has lost its end since knows more than there is, until it is told.
            if log is not None and reader.log_id == log.log_id:
                assert canonical(reader.state) == canonical(log.state(reader.seq))

    @rule()
    def all_settles(self) -> None:
        self.logs.away = False
        self.run(asyncio.sleep(30))
        self.nobody_saw_a_gap()
        log = self.logs.logs.get(RUN)
        for reader in self.all:
            # One that has seen an end comes back by itself where the run was retried since.
            if reader.task is not None and not reader.status:
                assert canonical(reader.state) == canonical(log.state() if log else new_state())
                assert log is None or not log.closed

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self.all_settles()
        finally:
            self.run(self._end())
            self.loop.close()
            self.patch.undo()

    async def _end(self) -> None:
        for reader in self.all:
            await reader.disconnect()
        await self.hub.stop()


TestAnyOrderOfEvents = HubMachine.TestCase
TestAnyOrderOfEvents.settings = settings(max_examples=100, stateful_step_count=30)


def in_virtual_time(scenario: Any) -> Any:
    """Run `scenario(hub, logs)` with a started hub, in virtual time."""

    def test() -> None:
        async def whole() -> None:
            logs = FaultyLogs()
            hub = Hub(logs)
            await hub.start()
            try:
                await scenario(hub, logs)
            finally:
                await hub.stop()

        loop = VirtualTimeLoop()
        try:
            loop.run_until_complete(whole())
        finally:
            loop.close()

    test.__doc__ = scenario.__doc__
    test.__name__ = scenario.__name__
    return test


async def connected(hub: Hub, *, events: Sequence[dict[str, Any]] = (), log_id: str | None = None) -> Reader:
    reader = Reader(hub)
    reader.had(events, log_id)
    reader.connect()
    await asyncio.sleep(1)
    return reader


def good(reader: Reader) -> Reader:
    if reader.failure is not None:
        raise reader.failure
    return reader


@in_virtual_time
async def test_a_viewer_of_a_run_that_is_not_there_yet_gets_its_first_event(hub: Hub, logs: FaultyLogs) -> None:
    reader = await connected(hub)
    await asyncio.sleep(40)
    logs.append(RUN, 3)
    await asyncio.sleep(0.1)
    assert good(reader).events == logs.logs[RUN].events
    assert reader.lives == 1


@in_virtual_time
async def test_a_lost_doorbell_costs_two_seconds_and_nothing_else(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 1)
    reader = await connected(hub)
    logs.append(RUN, 2, ring=False)
    await asyncio.sleep(2.1)
    assert len(good(reader).events) == 3


@in_virtual_time
async def test_reads_are_at_most_one_in_twenty_milliseconds(hub: Hub, logs: FaultyLogs) -> None:
    logs.page = 1000
    logs.append(RUN, 1)
    reader = await connected(hub)
    before = logs.reads
    for _ in range(1000):
        logs.append(RUN, 1)
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.1)
    assert len(good(reader).events) == 1001
    assert logs.reads - before <= 1000 / 20 + 10


@in_virtual_time
async def test_end_comes_once_everything_has_been_sent(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 50)
    logs.end(RUN, "failed")
    reader = await connected(hub)
    assert good(reader).events == logs.logs[RUN].events
    assert reader.status == "failed"
    assert reader.task is not None
    assert reader.task.done()


@in_virtual_time
async def test_a_reader_of_another_log_starts_over(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 5)
    reader = await connected(hub, events=logs.logs[RUN].events[:3], log_id="otherlog")
    assert good(reader).resyncs == ["log_id"]
    assert reader.events == logs.logs[RUN].events


@in_virtual_time
async def test_a_cursor_ahead_of_the_log_starts_over(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 9)
    lost = copy.deepcopy(logs.logs[RUN].events)
    del logs.logs[RUN].events[5:]
    reader = await connected(hub, events=lost, log_id=logs.logs[RUN].log_id)
    assert good(reader).resyncs == ["ahead"]
    assert reader.events == logs.logs[RUN].events


@in_virtual_time
async def test_a_cursor_newer_than_the_hubs_last_look_is_not_called_ahead(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 5)
    first = await connected(hub)
    logs.append(RUN, 5, ring=False)
    second = await connected(hub, events=copy.deepcopy(logs.logs[RUN].events), log_id=logs.logs[RUN].log_id)
    assert good(second).resyncs == []
    await asyncio.sleep(3)
    assert good(first).events == good(second).events == logs.logs[RUN].events


@in_virtual_time
async def test_a_reader_behind_the_trimmed_log_gets_the_history_compacted_and_no_resync(
    hub: Hub, logs: FaultyLogs
) -> None:
    logs.append(RUN, 2)
    logs.write(RUN, 200, final=True)
    logs.compact(RUN, grace=0)
    logs.write(RUN, 5)
    reader = good(await connected(hub))
    assert reader.resyncs == []
    assert canonical(reader.state) == canonical(logs.logs[RUN].state())
    assert len(reader.events) < 15 < 200 < reader.seq


@in_virtual_time
async def test_a_viewer_who_is_far_behind_gets_the_tail_compacted(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 1)
    first = await connected(hub)
    logs.write(RUN, 150)
    await asyncio.sleep(1)
    late = good(await connected(hub, events=logs.logs[RUN].events[:1], log_id=logs.logs[RUN].log_id))
    assert canonical(late.state) == canonical(good(first).state) == canonical(logs.logs[RUN].state())
    assert len(late.events) < 20


@in_virtual_time
async def test_a_hole_that_nothing_fills_is_bridged_by_the_snapshot(hub: Hub, logs: FaultyLogs) -> None:
    """Redis lost a run's history and kept its snapshot: readers go on from there, and are told that they did."""
    logs.write(RUN, 50)
    logs.compact(RUN, grace=0)
    logs.logs[RUN].history.clear()
    logs.append(RUN, 3)
    reader = good(await connected(hub))
    assert reader.resyncs == ["trimmed"]
    assert canonical(reader.state) == canonical(logs.logs[RUN].state())


@in_virtual_time
async def test_a_trimmed_cursor_is_told_so(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 20)
    had = copy.deepcopy(logs.logs[RUN].events[:4])
    del logs.logs[RUN].events[:10]
    frames = []
    async with hub.view(RUN, after=4, log_id=logs.logs[RUN].log_id) as viewer:
        async for frame in viewer:
            frames.append(frame)
            if frame["t"] == "live":
                break
    assert had[-1]["seq"] == 4
    assert frames[0]["t"] == "resync"
    assert frames[0]["reason"] == "trimmed"
    sent = [event["seq"] for frame in frames if frame["t"] == "batch" for event in frame["events"]]
    assert sent == list(range(11, 21))


@in_virtual_time
async def test_a_log_that_left_redis_ends_the_view_without_an_end_frame(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 2)
    reader = await connected(hub)
    del logs.logs[RUN]
    await asyncio.sleep(3)
    assert reader.task is not None
    assert reader.task.done()
    assert good(reader).status == ""


@in_virtual_time
async def test_stop_ends_every_view_without_an_end_frame(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 2)
    readers = [await connected(hub), await connected(hub)]
    await hub.stop()
    await asyncio.sleep(0.1)
    assert all(reader.task is not None and reader.task.done() and not good(reader).status for reader in readers)


@in_virtual_time
async def test_a_viewer_who_waits_hears_a_ping_each_fifteen_seconds(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 2)
    async with hub.view(RUN) as viewer:
        assert [(await anext(viewer))["t"] for _ in range(2)] == ["batch", "live"]
        began = asyncio.get_running_loop().time()
        logs.go_away()
        ping = await anext(viewer)
        assert (ping["t"], ping["seq"]) == ("ping", 2)
        assert 14.9 < asyncio.get_running_loop().time() - began < 15.1


@in_virtual_time
async def test_a_ping_that_is_due_as_news_comes_does_not_go_before_it(hub: Hub, logs: FaultyLogs) -> None:
    """It would say of an event that its reader has it."""
    logs.append(RUN, 2)
    async with hub.view(RUN) as viewer:
        assert [(await anext(viewer))["t"] for _ in range(2)] == ["batch", "live"]

        async def refused_news_and_the_time() -> None:
            viewer._parked = True
            logs.append(RUN, 1)
            await asyncio.sleep(1)
            raise TimeoutError

        viewer.taker = lambda frame: False
        viewer._more = refused_news_and_the_time  # type: ignore[method-assign]
        news = await anext(viewer)
        assert (news["t"], news["last"]) == ("batch", 3)


@in_virtual_time
async def test_news_goes_to_the_taker_while_its_viewer_waits_and_the_rest_to_the_viewer(
    hub: Hub, logs: FaultyLogs
) -> None:
    logs.append(RUN, 1)
    reader = Reader(hub, takes=True)
    reader.connect()
    await asyncio.sleep(1)
    for count in (1, 1, 2, 1):
        logs.append(RUN, count)
        await asyncio.sleep(1)
    logs.end(RUN)
    await asyncio.sleep(1)
    assert good(reader).events == logs.logs[RUN].events
    assert reader.taken == 4, "what ended with the third event was refused, and with the sixth"
    assert reader.status == "completed"


@in_virtual_time
async def test_a_taker_that_fails_costs_nobody_else_anything(hub: Hub, logs: FaultyLogs) -> None:
    def fail(frame: Any) -> bool:
        raise OSError("the socket is gone")

    logs.append(RUN, 1)
    other = await connected(hub)
    async with hub.view(RUN) as viewer:
        assert [(await anext(viewer))["t"] for _ in range(2)] == ["batch", "live"]
        viewer.taker = fail
        waiting = asyncio.create_task(anext(viewer))
        await asyncio.sleep(1)
        logs.append(RUN, 1)
        assert (await waiting)["last"] == 2
    assert good(other).events == logs.logs[RUN].events


@in_virtual_time
async def test_viewers_at_the_same_place_share_one_encoded_frame(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 2)
    async with hub.view(RUN) as one, hub.view(RUN) as other:
        for viewer in (one, other):
            assert [(await anext(viewer))["t"] for _ in range(2)] == ["batch", "live"]
        logs.append(RUN, 3)
        first, second = await anext(one), await anext(other)
        assert first.text is second.text
        assert first["events"] == logs.logs[RUN].events[2:]


@in_virtual_time
async def test_many_viewers_far_back_share_their_reads_of_history(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 300)
    alone = await connected(hub)
    await asyncio.sleep(2)
    before = logs.reads
    await alone.disconnect()
    again = [Reader(hub) for _ in range(100)]
    for reader in again:
        reader.connect()
    await asyncio.sleep(2)
    assert all(good(reader).events == logs.logs[RUN].events for reader in again)
    assert logs.reads - before < 100


@in_virtual_time
async def test_batches_stay_under_256_kb_unless_one_event_is_larger(hub: Hub, logs: FaultyLogs) -> None:
    logs.append(RUN, 5, size=60_000)
    logs.append(RUN, 1, size=200_000)
    logs.end(RUN)
    sizes = []
    async with hub.view(RUN) as viewer:
        async for frame in viewer:
            if frame["t"] == "batch":
                sizes.append((len(frame["events"]), len(frame.text.encode())))
    assert all(count == 1 or size <= 256 * 1024 + 200 for count, size in sizes)
    assert sum(count for count, _ in sizes) == 7
