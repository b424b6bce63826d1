"""Results across runs: computed once, kept for a while, and a miss says why."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from genisys import Cache, Call, component, workflow
from genisys.execution.steps import OpenStep  # names a call's entry, so that a test may spoil it
from genisys.policies.cache import why_missed  # by value, over any entries; a run gives one sentence
from genisys.store.protocol import Entry  # the contract of both caches is made of it
from genisys.testing import Clock, MemoryStore, Report, run_in_memory
from genisys.testing.redis import Store, leaked_keys
from tests import codec

AnyStore = Store | MemoryStore
calls: Counter[str] = Counter()
gates: dict[str, asyncio.Event] = {}


@pytest.fixture(autouse=True)
def _count_from_zero() -> None:
    calls.clear()
    gates.clear()


class Asked(BaseModel):
    page: str = "home"
    lang: str = "en"
    variant: str = ""


class Answer(BaseModel):
    text: str


async def body(page: str, lang: str) -> Answer:
    """Answer; wait at the gate of the page where there is one."""
    calls[page] += 1
    if gate := gates.get(page):
        await gate.wait()
    if page == "broken" and calls[page] == 1:
        raise OSError("the first one breaks")
    return Answer(text=f"{page} in {lang}")


read = component(name="read", cache=Cache(ttl=timedelta(hours=1)))(body)
VARIANTS = {
    "": read,
    "newer code": read.cache(ttl=3600, version="2"),
    "another scope": read.cache(ttl=3600, scope="acme"),
    "by page": read.cache(ttl=3600, key=lambda page, lang: page),
}


@workflow(name="test-cached-read")
async def reading(request: Asked) -> Answer:
    return await VARIANTS[request.variant](request.page, request.lang)


async def ask(store: AnyStore, **fields: Any) -> Report:
    report = await run_in_memory(reading, Asked(**fields), store=store)
    assert report.error is None or fields.get("page") == "broken", report.error
    return report


def told(report: Report) -> dict[str, Any]:
    """What the step says of the cache: the same on its event and on its record."""
    [event] = [event for event in report.events if event["type"] == "step.completed"]
    [step] = report.steps
    assert event["cache"] == step.cache
    return event["cache"]  # type: ignore[no-any-return]


async def test_a_second_run_gets_the_result_of_the_first(store: AnyStore) -> None:
    first, second = await ask(store), await ask(store)
    assert first.output == second.output == Answer(text="home in en")
    assert calls["home"] == 1
    assert told(first)["hit"] is False
    assert told(second)["hit"] is True
    assert told(second)["run"] == told(first)["run"] != ""


@pytest.mark.parametrize(
    ("before", "then", "why"),
    [
        ({}, {"page": "about"}, "argument `page` differed"),
        ({}, {"lang": "de"}, "argument `lang` differed"),
        ({}, {"page": "about", "lang": "de"}, "argument `page` differed and argument `lang` differed"),
        ({}, {"variant": "newer code"}, "code changed"),
        ({}, {"variant": "another scope"}, "other scope"),
        ({"variant": "by page"}, {"variant": "by page", "page": "about"}, "the key differed"),
    ],
)
async def test_a_miss_says_what_differed(
    store: AnyStore, before: dict[str, str], then: dict[str, str], why: str
) -> None:
    first = await ask(store, **before)
    assert told(first)["why"] == "no entry yet"
    assert told(await ask(store, **then))["why"] == why


async def test_a_key_of_ones_own_says_what_is_the_same(store: AnyStore) -> None:
    await ask(store, variant="by page", lang="en")
    assert told(await ask(store, variant="by page", lang="de"))["hit"] is True


async def test_an_entry_runs_out_and_the_miss_says_so() -> None:
    store = MemoryStore()
    with Clock() as clock:
        await ask(store)
        clock.advance(3599)
        assert told(await ask(store))["hit"] is True
        clock.advance(2)
        assert told(await ask(store)) | {"run": ""} == {"hit": False, "why": "expired", "run": ""}
    assert calls["home"] == 2


async def test_many_runs_at_once_compute_once(store: AnyStore) -> None:
    gates["home"] = asyncio.Event()
    runs = [asyncio.create_task(ask(store)) for _ in range(8)]
    async with asyncio.timeout(10):
        while not calls["home"]:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0)  # a turn of the loop for the others to ask as well
    gates["home"].set()
    reports = await asyncio.gather(*runs)
    assert calls["home"] == 1
    assert sorted(told(report)["hit"] for report in reports) == [False] + 7 * [True]
    assert len({told(report)["run"] for report in reports}) == 1


async def test_where_the_leader_fails_the_next_one_leads_and_its_error_is_not_kept(store: AnyStore) -> None:
    gates["broken"] = asyncio.Event()
    runs = [asyncio.create_task(ask(store, page="broken")) for _ in range(3)]
    async with asyncio.timeout(10):
        while not calls["broken"]:
            await asyncio.sleep(0.01)
    gates["broken"].set()
    reports = await asyncio.gather(*runs)
    assert sorted(report.error is None for report in reports) == [False, True, True]
    assert calls["broken"] == 2
    assert told(await ask(store, page="broken"))["hit"] is True


async def test_an_entry_that_no_longer_fits_its_type_is_a_miss(store: AnyStore) -> None:
    first = await ask(store)
    [entry] = first.steps
    found = codec.digest(["read", Cache(60).parts_of(_call(), codec.digest)])
    assert await store.cache.get(found) is not None
    await store.cache.put(found, Entry(b'{"of":"old"}', "run 1"), 60_000)
    second = await ask(store)
    assert second.output == first.output and entry.cache is not None
    assert told(second)["hit"] is False and "type changed" in told(second)["why"]


def _call() -> Call:
    return Call(OpenStep("read", None), read, (), {}, {"page": "home", "lang": "en"})


async def test_outside_a_run_the_cache_is_passed_over() -> None:
    assert (await read("home", "en")).text == (await read("home", "en")).text == "home in en"
    assert calls["home"] == 2


async def test_a_component_that_waits_for_its_own_result_is_told_so(store: AnyStore) -> None:
    report = await run_in_memory(circling, Asked(), store=store)
    assert report.error is not None and "calls itself" in report.error.message


@component(cache=Cache(ttl=60))
async def circle(page: str) -> Answer:
    return await circle(page)


@workflow(name="test-cached-circle")
async def circling(request: Asked) -> Answer:
    return await circle(request.page)


async def test_an_entry_is_kept_with_the_run_that_made_it(store: AnyStore) -> None:
    assert await store.cache.get("e") is None
    await store.cache.put("e", Entry(b"[1]", "run 1"), 60_000)
    assert await store.cache.get("e") == Entry(b"[1]", "run 1")


async def test_an_entry_is_gone_after_its_time(store: AnyStore) -> None:
    await store.cache.put("e", Entry(b"[1]", "run 1"), 30)
    async with asyncio.timeout(10):
        while await store.cache.get("e") is not None:
            await asyncio.sleep(0.005)


async def test_the_last_64_entries_of_a_component_are_known_newest_first(store: AnyStore) -> None:
    for n in range(70):
        await store.cache.note("c", {"argument n": str(n)}, at_ms=n)
    await store.cache.note("c", {"argument n": "66"}, at_ms=100)
    seen = [parts["argument n"] for parts in await store.cache.seen("c")]
    assert len(seen) == 64 and seen[:3] == ["66", "69", "68"] and seen[-1] == "6"
    assert await store.cache.seen("another") == []


async def test_no_key_of_the_cache_stays_for_ever(redis_url: str) -> None:
    store = Store(redis_url)
    await ask(store)
    await store.close()
    assert await leaked_keys(redis_url) == []


parts = st.dictionaries(st.sampled_from(["code", "scope", "argument a", "argument b"]), st.sampled_from("xyz"))


@given(asked=parts, seen=st.lists(parts))
def test_a_miss_is_explained_by_the_nearest_entry(asked: dict[str, str], seen: list[dict[str, str]]) -> None:
    why = why_missed(asked, seen)
    assert (why == "no entry yet") is (not seen)
    assert (why == "expired") is (asked in seen)
    differing = [sum(asked.get(p) != old.get(p) for p in {*asked, *old}) for old in seen]
    if seen and asked not in seen:
        assert len(why.split(" and ")) == min(differing)
