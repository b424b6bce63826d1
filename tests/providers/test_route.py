"""Several providers behind one client, against real servers on loopback: order, fallback, limits, outages, cost."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import Retry, StepFailed, component, gather, workflow
from genisys.openai import AsyncOpenAI, Price, Provider, configure
from genisys.testing import Clock, FakeProvider, MemoryStore, Report, run_in_memory, survives
from genisys.testing.redis import Store, leaked_keys
from tests.providers.gates import configured, forget_what_was_met

ASK: list[Any] = [{"role": "user", "content": "Say hello"}]
SOON = Retry(5, base=0, cap=0)


class Ask(BaseModel):
    times: int = 1
    stream: bool = False
    model: str = "fast"


class Answer(BaseModel):
    parts: list[str]


@pytest.fixture
async def first() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(lambda body: "first says hello") as running:
        yield running


@pytest.fixture
async def second() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(lambda body: "second says hello") as running:
        yield running


@pytest.fixture(autouse=True)
def _no_shared_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    forget_what_was_met(monkeypatch)
    yield
    configure([])


def both(first: FakeProvider, second: FakeProvider, **facts: Any) -> list[Provider]:
    return [
        Provider("one", first.base_url, "sk-first", {"fast": "gpt-4.1-mini"}, **facts),
        Provider("two", second.base_url, "sk-second", {"fast": "other-mini"}, prices={"fast": Price(2.0, 10.0)}),
    ]


async def one_call(client: AsyncOpenAI, request: Ask) -> str:
    if not request.stream:
        reply = await client.chat.completions.create(model=request.model, messages=ASK)
        return reply.choices[0].message.content or ""
    stream = await client.chat.completions.create(model=request.model, messages=ASK, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


@component
async def rest(n: int) -> int:
    return n


@workflow(name="route-ask")
async def ask(request: Ask) -> Answer:
    async with AsyncOpenAI(retry=SOON) as client:
        parts = [await one_call(client, request) for _ in range(request.times)]
    await rest(1)
    return Answer(parts=parts)


@workflow(name="route-ask-at-once")
async def ask_at_once(request: Ask) -> Answer:
    async with AsyncOpenAI(retry=SOON) as client:
        return Answer(parts=await gather(*(one_call(client, request) for _ in range(request.times))))


def asked(report: Report) -> list[Any]:
    return [step for step in report.steps if step.name.startswith("chat")]


@pytest.mark.parametrize("stream", [False, True])
async def test_the_first_in_order_is_asked_under_its_own_name_for_the_model(
    first: FakeProvider, second: FakeProvider, stream: bool
) -> None:
    configure(both(first, second))
    report = await run_in_memory(ask, Ask(stream=stream))
    assert report.output.parts == ["first says hello"]
    assert (first.requests[0]["model"], second.count()) == ("gpt-4.1-mini", 0)
    assert [(step.provider, step.model) for step in asked(report)] == [("one", "gpt-4.1-mini")]
    assert [step["provider"] for step in report.state["steps"].values()] == ["one", ""]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["status", "garbage", "drop"])
async def test_a_provider_that_fails_is_passed_over_for_the_next(
    first: FakeProvider, second: FakeProvider, kind: str, stream: bool
) -> None:
    configure(both(first, second))
    first.fault(kind, 1)
    report = await run_in_memory(ask, Ask(stream=stream))
    assert report.output.parts == ["second says hello"]
    assert second.requests[0]["model"] == "other-mini"
    assert [(step.provider, step.model) for step in asked(report)] == [("two", "other-mini")]


async def test_what_is_recorded_does_not_depend_on_who_answers(first: FakeProvider, second: FakeProvider) -> None:
    configure(both(first, second))
    here = await run_in_memory(ask, Ask())
    first.fault("drop", 9)
    there = await run_in_memory(ask, Ask())
    assert [step.provider for step in [*asked(here), *asked(there)]] == ["one", "two"]
    assert asked(here)[0].key == asked(there)[0].key
    assert asked(here)[0].input == asked(there)[0].input == {"model": "fast", "messages": ASK}


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422])
async def test_an_error_of_the_request_fails_at_once(first: FakeProvider, second: FakeProvider, status: int) -> None:
    configure(both(first, second))
    first.fault("status", status=status)
    report = await run_in_memory(ask, Ask())
    assert report.error is not None
    assert report.error.permanent
    assert report.error.detail["provider"] == "one"
    assert (first.count(), second.count()) == (1, 0)
    assert "sk-first" not in str(report.events)


async def test_an_account_that_is_used_up_moves_on_to_the_next_provider(
    first: FakeProvider, second: FakeProvider
) -> None:
    configure(both(first, second))
    first.fault("status", status=402)
    report = await run_in_memory(ask, Ask(times=3))
    assert report.output.parts == ["second says hello"] * 3
    assert first.count() == 1


async def test_a_crash_after_the_answer_asks_nobody_again(first: FakeProvider, second: FakeProvider) -> None:
    configure(both(first, second))
    report = await run_in_memory(ask, Ask(), crash_after={"rest": 1})
    assert report.output.parts == ["first says hello"]
    assert (first.count(), second.count()) == (1, 0)


@pytest.mark.parametrize("kind", ["status", "drop", "garbage"])
async def test_five_minutes_without_any_provider_fail_no_run(first: FakeProvider, kind: str) -> None:
    configure([Provider("one", first.base_url, requests_per_minute=6000)])
    with Clock() as clock:
        back = clock.now_ms() + 300_000

        def answer(body: dict[str, Any]) -> str:
            if clock.now_ms() < back:
                raise RuntimeError("down")
            return "back again"

        first.responder = answer
        if kind != "status":
            first.fault(kind, 8)
        report = await run_in_memory(ask, Ask(), clock=clock)
    assert report.error is None
    assert report.output.parts == ["back again"]
    assert report.state["run_status"] == "completed"
    waited = [event for event in report.events if event["type"] == "run.waiting" and event["reason"] == "provider"]
    assert waited
    assert {event["provider"] for event in waited} == {"one"}
    # A probe every 15 s at most, not a storm.
    assert first.count() < 40
    assert clock.now_ms() - back < 20_000


async def test_an_outage_with_a_fallback_is_noticed_by_a_few_calls_only(
    first: FakeProvider, second: FakeProvider
) -> None:
    configure(both(first, second))
    first.fault("drop", 10_000)
    with Clock() as clock:
        began = clock.now_ms()
        report = await run_in_memory(ask, Ask(times=40), clock=clock)
        assert clock.now_ms() - began < 3_000
    assert report.output.parts == ["second says hello"] * 40
    assert first.count() == 5


async def test_a_provider_that_operators_pause_makes_runs_wait_and_fails_none(first: FakeProvider) -> None:
    configure([Provider("one", first.base_url)])
    store = MemoryStore()
    with Clock() as clock:
        until = clock.now_ms() + 3_600_000
        await store.gates.hold(Provider("one", first.base_url).gate, until)
        report = await run_in_memory(ask, Ask(), store=store, clock=clock)
        assert until <= clock.now_ms() <= until + 1_000
    assert report.output.parts == ["first says hello"]
    assert first.count() == 1
    assert asked(report)[0].tries == 1


async def test_while_a_provider_is_paused_by_hand_the_next_one_is_asked_at_once(
    first: FakeProvider, second: FakeProvider
) -> None:
    one, two = both(first, second)
    configure([one, two])
    store = MemoryStore()
    with Clock() as clock:
        await store.gates.hold(one.gate, clock.now_ms() + 3_600_000)
        report = await run_in_memory(ask, Ask(times=3), store=store, clock=clock)
    assert report.output.parts == ["second says hello"] * 3
    assert first.count() == 0


@pytest.mark.parametrize("stream", [False, True])
async def test_what_a_provider_was_asked_is_counted_with_the_tokens_it_used(first: FakeProvider, stream: bool) -> None:
    one = Provider("one", first.base_url)
    configure([one])
    store = MemoryStore()
    first.fault("status", 1)
    with Clock() as clock:
        report = await run_in_memory(ask, Ask(stream=stream, times=2), store=store, clock=clock)
        (used,) = (await store.gates.look(one.gate)).hours
    assert (used.answered, used.failed, used.limited) == (2, 1, 0)
    assert used.tokens == sum(step.input_tokens + step.output_tokens for step in asked(report)) > 0


async def test_runs_share_what_one_of_them_has_found_out(first: FakeProvider, second: FakeProvider) -> None:
    configure(both(first, second))
    first.fault("drop", 10_000)
    store = MemoryStore()
    with Clock():
        await run_in_memory(ask, Ask(times=6), store=store)
        asked_so_far = first.count()
        await run_in_memory(ask, Ask(times=6), store=store)
    assert first.count() == asked_so_far


async def test_a_limit_is_no_failed_try_and_pauses_all_calls(first: FakeProvider) -> None:
    configure([Provider("one", first.base_url)])
    first.fault("status", 8, status=429, retry_after=20)
    with Clock() as clock:
        began = clock.now_ms()
        report = await run_in_memory(ask, Ask(), clock=clock)
        assert clock.now_ms() - began == pytest.approx(8 * 20_000, abs=2_000)
    assert report.output.parts == ["first says hello"]
    assert first.count() == 9
    assert asked(report)[0].tries == 1


async def test_calls_at_once_are_spread_over_the_quota_and_none_is_refused(first: FakeProvider) -> None:
    configure([Provider("one", first.base_url, requests_per_minute=60)])
    first.quota(60)
    with Clock() as clock:
        began = clock.now_ms()
        report = await run_in_memory(ask_at_once, Ask(times=30), clock=clock)
        assert clock.now_ms() - began == pytest.approx(29 * 1020, rel=0.05)
    assert len(report.output.parts) == 30
    assert (first.count(), first.statuses[429]) == (30, 0)


@pytest.mark.parametrize("stream", [False, True])
async def test_tokens_are_reserved_by_the_most_an_answer_may_take_and_given_back(
    first: FakeProvider, stream: bool
) -> None:
    @workflow(name=f"route-tokens-{stream}")
    async def long_answers(request: Ask) -> Answer:
        async with AsyncOpenAI(retry=SOON) as client:

            async def one(n: int) -> str:
                create: Any = client.chat.completions.create
                reply = await create(model=f"m{n}", messages=ASK, max_tokens=3000, stream=request.stream)
                return str([chunk async for chunk in reply] if request.stream else reply)

            if request.times == 1:
                return Answer(parts=[await one(n) for n in range(5)])
            return Answer(parts=await gather(*(one(n) for n in range(2))))

    configure([Provider("one", first.base_url, tokens_per_minute=6_000)])
    with Clock() as clock:
        began = clock.now_ms()
        await run_in_memory(long_answers, Ask(stream=stream), clock=clock)
        assert clock.now_ms() - began < 3_000
        await run_in_memory(long_answers, Ask(stream=stream, times=2), clock=clock)
        assert clock.now_ms() - began > 25_000


async def test_what_does_not_fit_the_quota_soon_goes_to_the_next(first: FakeProvider, second: FakeProvider) -> None:
    configure(both(first, second, requests_per_minute=60))
    with Clock() as clock:
        report = await run_in_memory(ask_at_once, Ask(times=10), clock=clock)
    assert first.count() == 3
    assert second.count() == 7
    assert len(report.output.parts) == 10


async def test_an_answer_of_the_wrong_form_is_paid_and_so_a_failed_try(first: FakeProvider) -> None:
    class Pet(BaseModel):
        legs: int

    @workflow(name="route-parse")
    async def parse(request: Ask) -> Answer:
        async with AsyncOpenAI(retry=SOON) as client:
            await client.chat.completions.parse(model="m", messages=ASK, response_format=Pet)
        return Answer(parts=[])

    configure([Provider("one", first.base_url)])
    report = await run_in_memory(parse, Ask())
    assert report.error is not None
    assert "does not fit the form" in report.error.message
    assert first.count() == 5


async def test_tries_against_a_provider_that_answers_others_are_used_up(first: FakeProvider) -> None:
    @workflow(name="route-poison")
    async def poison(request: Ask) -> Answer:
        async with AsyncOpenAI(retry=SOON) as client:
            over = asyncio.Event()

            async def well() -> str:
                numbers = itertools.count()
                while not over.is_set():
                    await one_call(client, Ask(model=f"well {next(numbers)}"))
                return ""

            async def ill() -> str:
                messages: Any = [{"role": "user", "content": "poison"}]
                try:
                    return str(await client.chat.completions.create(model="fast", messages=messages))
                finally:
                    over.set()

            return Answer(parts=await gather(ill(), well()))

    configure([Provider("one", first.base_url)])
    first.fault("status", 99, status=500, containing="poison")
    report = await run_in_memory(poison, Ask())
    assert report.error is not None
    assert (
        "answered 500: it failed inside (“scripted fault”; code server_error). It was tried 5 times."
        in report.error.message
    )


async def test_an_answer_that_holds_nothing_may_be_paid_so_its_tries_count_though_nobody_else_is_answered(
    first: FakeProvider,
) -> None:
    configure([Provider("one", first.base_url)])
    first.fault("empty", 99)
    report = await run_in_memory(ask, Ask(), clock=Clock())
    assert report.error is not None
    assert "held nothing that could be used. It was tried" in report.error.message
    assert first.count() <= 5


@pytest.mark.parametrize("attempts", [1, 2, 5, 9])
async def test_an_outage_after_many_good_answers_fails_no_run_however_few_tries_it_may_have(
    first: FakeProvider, attempts: int
) -> None:
    @workflow(name=f"route-tries-{attempts}")
    async def few_tries(request: Ask) -> Answer:
        async with AsyncOpenAI(retry=Retry(attempts, base=0, cap=0)) as client:
            return Answer(parts=[await one_call(client, Ask(model=f"m{n}")) for n in range(30)])

    def answer(body: dict[str, Any]) -> str:
        if body["model"] == "m20" and clock.now_ms() < down_until:
            raise RuntimeError("down")
        return "hello"

    configure([Provider("one", first.base_url)])
    with Clock() as clock:
        down_until = clock.now_ms() + 60_000
        first.responder = answer
        report = await run_in_memory(few_tries, Ask(), clock=clock)
    assert report.error is None
    assert len(report.output.parts) == 30


async def test_outside_a_run_a_call_fails_after_its_tries_and_then_at_once(first: FakeProvider) -> None:
    first.fault("drop", 99)
    async with AsyncOpenAI(providers=[Provider("one", first.base_url)], retry=SOON) as client:
        with pytest.raises(StepFailed, match="tried 5 times") as caught:
            await one_call(client, Ask())
        assert caught.value.detail["provider"] == "one"
        with pytest.raises(StepFailed, match="known to be down"):
            await one_call(client, Ask())
    assert first.count() == 5


async def test_the_providers_own_price_wins_and_an_unknown_one_stays_unknown(
    first: FakeProvider, second: FakeProvider
) -> None:
    cheap = Provider("cheap", first.base_url, models={"fast": "nobody-knows-me"}, prices={"fast": Price(2, 10)})
    configure([cheap])
    step = asked(await run_in_memory(ask, Ask()))[0]
    assert step.cost_microusd == step.input_tokens * 2 + step.output_tokens * 10 > 0
    configure([Provider("one", first.base_url, models={"fast": "nobody-knows-me"})])
    assert asked(await run_in_memory(ask, Ask()))[0].cost_microusd is None


async def test_a_model_that_nobody_serves_is_told(first: FakeProvider, second: FakeProvider) -> None:
    configure(both(first, second))
    report = await run_in_memory(ask, Ask(model="unheard-of"))
    assert report.error is not None
    assert report.error.message.startswith("No configured provider serves the model 'unheard-of'")


async def test_a_client_with_an_address_of_its_own_is_of_one_server(first: FakeProvider, second: FakeProvider) -> None:
    configure(both(first, second))
    async with AsyncOpenAI(base_url=second.base_url, api_key="k") as client:
        await client.chat.completions.create(model="any", messages=ASK)
        assert client.providers == ()
    assert (first.count(), second.count()) == (0, 1)


async def test_options_of_the_sdk_keep_the_providers(first: FakeProvider, second: FakeProvider) -> None:
    first.fault("drop", 1)
    async with AsyncOpenAI(providers=both(first, second), retry=SOON) as client:
        assert await one_call(client.with_options(timeout=5), Ask()) == "second says hello"


async def test_a_server_that_falls_silent_is_passed_over(first: FakeProvider, second: FakeProvider) -> None:
    first.fault("hang", 99)  # a slow machine may pass the second over too
    async with AsyncOpenAI(providers=both(first, second), retry=SOON, timeout=0.2) as client:
        assert await asyncio.wait_for(one_call(client, Ask()), 30) == "second says hello"


def test_a_providers_key_is_in_no_repr_and_in_no_gates_name() -> None:
    provider = Provider("one", "https://example.org/v1", "sk-very-secret")
    assert "very-secret" not in repr(provider) + provider.gate
    assert provider.gate == Provider("again", "https://example.org/v1", "sk-very-secret").gate
    assert provider.gate != Provider("one", "https://example.org/v1", "sk-another").gate


def test_wrong_providers_are_told_in_words() -> None:
    with pytest.raises(ValueError, match="two providers are named 'one'"):
        configure([Provider("one"), Provider("one")])
    assert configured() == ()
    with pytest.raises(ValueError, match="base_url must be an http"):
        Provider("one", "example.org")
    with pytest.raises(ValueError, match="a quota is a number over 0"):
        Provider("one", requests_per_minute=0)


@pytest.mark.parametrize("where", ["memory", "redis"])
async def test_a_call_that_fails_over_survives_every_fault_at_every_boundary(
    first: FakeProvider, second: FakeProvider, where: str, request: pytest.FixtureRequest
) -> None:
    configure(both(first, second, requests_per_minute=120))
    first.fault("drop", 10_000, containing="hello")
    store = Store(request.getfixturevalue("redis_url")) if where == "redis" else None
    report = await survives(ask, Ask(times=3), store=store)
    if store is not None:
        assert await leaked_keys(store.url) == []
        await store.close()
    assert report.faults_met >= report.boundaries * 4
