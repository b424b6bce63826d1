"""Each thing that the library asks of Redis, once: for forms of Redis, and for users who may do only what they need."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator

from genisys.engine.wakeups import genisys_run, open_docket  # whom it takes for the master is the test
from genisys.host import (
    Compactor,
    Deployments,
    Engine,
    Hub,
    Viewer,
    Watch,
    Worker,
    look_at_redis,
    new_run_id,
    parse_address,
)
from genisys.limits.gates import Limits  # what it asks of Redis is the test
from genisys.limits.slots import Ticket  # what it asks of Redis is the test
from genisys.redis_io.connection import Sentinels  # which of them it believes is the test
from genisys.store.leases import LeaseStore  # what it asks of Redis is the test
from genisys.store.protocol import Entry  # what it asks of Redis is the test
from genisys.store.records import Append, Lease  # what it asks of Redis is the test
from genisys.testing.redis import HeldRun, leaked_keys, make_run, write
from tests.conftest import REPOSITORY
from tests.topologies.flows import add_all
from tests.waits import ended

OPERATIONS = REPOSITORY / "docs" / "operations.md"
LIMITS = Limits(requests_per_minute=600, tokens_per_minute=600_000)


async def masters_named(url: str) -> set[tuple[str, int]]:
    """Return whom the library takes for the master by what the Sentinels say: the loop, the keeper, docket."""
    sentinels = Sentinels(parse_address(url))
    async with open_docket("d", url) as docket:
        pools = [docket._redis._connection_pool, docket.strike_list._redis._connection_pool]
        of_docket = {await pool.get_master_address() for pool in pools}
    return {await sentinels.master(), sentinels.master_now(), *of_docket}


def documented_rule() -> str:
    """Return what the docs let a user do, whose password is `test`."""
    (rule,) = re.findall(r"^ACL SETUSER genisys (.+)$", OPERATIONS.read_text(), re.MULTILINE)
    return str(rule).replace("<password>", "test")


async def do_everything(url: str) -> None:
    """Raises where something is refused or answered otherwise than on one server."""
    async with Engine(url, per_owner=1) as engine:
        await _run_through(engine, url)
        await _write_read_and_compact(engine)
        await _limit(engine)
        await _keep(engine, url)
    await _come_and_go(url)
    facts = await look_at_redis(url, 5)
    assert facts.version
    assert not await leaked_keys(url)


async def _come_and_go(url: str) -> None:
    """Send one wakeup and leave, often enough that a cancellation which is lost would be met."""
    for _ in range(40):
        async with asyncio.timeout(30), open_docket("come-and-go", url) as docket:
            docket.register(genisys_run)
            await docket.add(genisys_run, key="once")("a run")


async def _run_through(engine: Engine, url: str) -> None:
    """Two runs of one owner, one after the other, over docket, with a worker, control and a viewer."""
    worker, watch, hub = Worker(url, concurrency=4, per_owner=1), Watch(engine), Hub(engine)
    working = asyncio.create_task(worker.run())
    await hub.start()
    try:
        await _see_two_runs(engine, watch, hub)
        assert worker.id in {each.id for each in await engine.workers()}
    finally:
        await hub.stop()
        worker.stop()
        await working


async def _see_two_runs(engine: Engine, watch: Watch, hub: Hub) -> None:
    names = [{"name": new_run_id(), "steps": 2} for _ in range(2)]
    # The worker's own: where this was done before, another deployment is promoted.
    ids = [await engine.start(add_all.name, each, owner="o", title="t", deployment="dev") for each in names]
    async with asyncio.timeout(40), hub.view(ids[1]) as viewer:
        looking = asyncio.create_task(_last_frame(viewer))
        metas = await ended(engine, *ids, watch=watch)
        assert [meta.status for meta in metas] == ["completed", "completed"]
        assert await looking == "end"
    changes = watch.changes()
    seen: set[str] = set()
    async with asyncio.timeout(20):
        while not seen >= set(ids):
            seen.add((await anext(changes)).run_id)
    await changes.aclose()


async def _last_frame(viewer: Viewer) -> str:
    kind = ""
    async for frame in viewer:
        kind = frame.t
    return kind


async def _write_read_and_compact(engine: Engine) -> None:
    store, run_id = engine.store, await make_run(engine, input={"n": 1})
    async with store.doorbells() as bells, asyncio.timeout(20):
        for _ in range(2):
            await write(engine, run_id, [{"type": "status", "at": 1, "text": "x" * 100}] * 300)
        assert await anext(bells) == run_id
    await Compactor(engine).sweep()
    assert await store.snapshot(run_id) is not None
    page = await store.read(run_id, most_bytes=1000)
    assert page.found and page.events
    assert (await store.read_many([(run_id, 0)]))[run_id].events
    held = await HeldRun.take(engine, run_id)
    await held.write([{"type": "status", "at": 1, "text": "held"}])
    await held.release()
    await store.signals(run_id)
    await store.journal(run_id)
    await store.drop_from_journal(run_id, ["nothing"])
    await store.look_again(run_id, 1)
    assert run_id in await store.unfinished()
    await engine.cancel(run_id)
    await store.forget_due(run_id)
    await store.expire(run_id, 100)


async def _limit(engine: Engine) -> None:
    store, ticket = engine.store, Ticket("everything", "me", 1)
    assert (await store.gates.reserve("g", LIMITS, 10)).code == "go"
    await store.gates.settle("g", LIMITS, "ok", tokens=1, spent=5)
    await store.gates.look("g", hours=3)
    await store.gates.hold("g", 1)
    assert await store.slots.take(ticket, 1) == 0
    await store.slots.free(ticket)
    assert (await store.rates.count("me", 1000)).requests == 1
    await store.owner_queue.line_up([("a", "d", "r1", 1), ("b", "d", "r2", 2)], 1)
    assert await store.owner_queue.first_in_line([("a", "d"), ("b", "d")], 1) == [["r1"], ["r2"]]
    await store.owner_queue.drop_from_line("a", "d", ["r1"])
    await store.owner_queue.leave("b", "d", "r2", 1)


async def _keep(engine: Engine, url: str) -> None:
    store = engine.store
    await store.cache.put("entry", Entry(b"{}", "run"), 10_000)
    assert await store.cache.get("entry") == Entry(b"{}", "run")
    await store.cache.note("component", {"a": "b"}, 1)
    assert await store.cache.seen("component") == [{"a": "b"}]
    for name in ("one", "two"):
        await store.deployments.register(name, {"workflows": {}})
    await Deployments(engine).note_drained()
    await store.deployments.set("one", seen_ms=5)
    await store.deployments.promote("one")
    assert await store.deployments.promoted() == "one"
    assert {"one", "two"} <= set(await store.deployments.all())
    await store.deployments.forget("two")
    await store.ask_to_drain("nobody", True)
    await store.ping()
    await asyncio.to_thread(_hold_as_a_thread, url, await _held(engine))


async def _held(engine: Engine) -> Lease:
    run_id = await make_run(engine, owner="o")
    lease = await engine.store.acquire(run_id, "w")
    assert not isinstance(lease, str)
    await engine.store.append(lease, 1, Append(journal={"k": b"{}"}))
    return lease


def _hold_as_a_thread(url: str, lease: Lease) -> None:
    with keeper(url) as kept:
        assert kept.hold_places([lease]) == [lease]
        kept.take_place(lease)
        assert kept.end_cancelled(lease)


@contextlib.contextmanager
def keeper(url: str) -> Iterator[LeaseStore]:
    """What a worker keeps its leases through. It is connected to the server of the workers' list."""
    with contextlib.closing(LeaseStore(url)) as kept:
        kept.compare_clocks()
        yield kept
