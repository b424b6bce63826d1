"""Wrong definitions are refused when they are made, with a sentence that says what to write instead."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, SecretStr

from genisys import Cache, Concurrency, EncodingError, NotAwaited, Retry, StepFailed, component, gather, workflow
from genisys.host import HidingFormatter, Worker, hide_secrets, run_worker
from genisys.testing import run_in_memory


class Nothing(BaseModel):
    pass


async def read(url: str) -> str:
    return url


@component
async def ready(url: str) -> str:
    return url


@component
async def mark() -> None:
    pass


class Service:
    async def fetch(self, url: str) -> str:
        return url


def _generator() -> Any:
    async def pages(url: str) -> Any:
        yield url

    return pages


WRONG: list[tuple[str, Callable[[], Any], str]] = [
    ("timeout below 0", lambda: component(timeout=-1)(read), "timeout: -1 is no limit. Give seconds above 0"),
    ("timeout 0", lambda: component(timeout=0)(read), "seconds above 0"),
    ("timeout nan", lambda: component(timeout=float("nan"))(read), "seconds above 0"),
    ("timeout of a text", lambda: ready.timeout("5"), "Write timeout=5"),  # type: ignore[arg-type]
    ("timeout of a bool", lambda: ready.timeout(True), "Write timeout=5"),
    ("total timeout", lambda: ready.timeout(total=timedelta(0)), "seconds above 0"),
    ("heartbeat", lambda: ready.heartbeat("1"), "Write heartbeat=5"),  # type: ignore[arg-type]
    ("heartbeat below 0", lambda: component(heartbeat=-2)(read), "seconds above 0"),
    ("retry as a number", lambda: component(retry=3)(read), r"Write retry=Retry\(attempts=3\)"),  # type: ignore[call-overload]
    ("attempts as a text", lambda: Retry(attempts="3"), "a whole number"),  # type: ignore[arg-type]
    ("base nan", lambda: Retry(base=float("nan")), "no duration"),
    ("one exception", lambda: Retry(on=OSError), r"Write on=\(OSError,\)"),  # type: ignore[arg-type]
    ("cache as a time", lambda: component(cache=timedelta(1))(read), "Write cache=Cache"),  # type: ignore[call-overload]
    ("ttl 0", lambda: Cache(ttl=0), "seconds above 0"),
    ("ttl as a text", lambda: Cache(ttl="1 day"), "no number of seconds"),  # type: ignore[arg-type]
    ("concurrency as a number", lambda: component(concurrency=4)(read), r"Concurrency\(4\)"),  # type: ignore[call-overload]
    ("limit as a text", lambda: Concurrency("4"), "a whole number"),  # type: ignore[arg-type]
    ("key as a text", lambda: component(key="url")(read), "Write key=lambda"),  # type: ignore[call-overload]
    ("on_error as a value", lambda: ready.on_error("none"), "Write on_error=lambda"),  # type: ignore[arg-type]
    ("a method", lambda: component(Service.fetch), "Write an async function outside the class"),
    ("a bound method", lambda: component(Service().fetch), "Write an async function outside the class"),
    ("a static method below", lambda: component(staticmethod(read)), "put `@staticmethod` above"),
    ("a generator", lambda: component(_generator()), "must return one value"),
    ("an object", lambda: component(Service()), "must be an async function"),  # type: ignore[call-overload]
    ("an empty name", lambda: ready.named(""), "1 to 200 characters"),
    ("a name of two lines", lambda: ready.named("a\nb"), "1 to 200 characters"),
    ("a name that is no text", lambda: component(name=3)(read), "name is text"),  # type: ignore[call-overload]
    ("a workflow's slash", lambda: workflow(name="odd/näme")(read), "stands in addresses"),
    ("a workflow's space", lambda: workflow(name="odd name")(read), "stands in addresses"),
    ("a workflow without name", lambda: workflow(name="")(read), "stands in addresses"),
]


@pytest.mark.parametrize(("define", "told"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_a_wrong_definition_says_what_to_write_instead(define: Callable[[], Any], told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        define()


async def test_a_call_that_was_never_awaited_says_so() -> None:
    @component
    async def careless() -> Any:
        return ready("/")

    async def caught() -> None:
        with pytest.raises(StepFailed, match=r"never awaited\. Write `await`"):
            await careless()
        gc.collect()

    with pytest.warns(RuntimeWarning, match="'ready' was never awaited"):
        await caught()


async def _bare() -> None:
    ready("/")


async def _kept() -> None:
    later = [ready("/a"), ready("/b")]
    await mark()
    assert later


async def _in_a_task_that_has_not_begun() -> None:
    asyncio.create_task(ready("/"))  # noqa: RUF006 - nobody keeps it: that is the mistake


async def _one_of_two() -> None:
    await ready("/")
    ready("/")


CARELESS = {"bare": _bare, "kept": _kept, "in a task": _in_a_task_that_has_not_begun, "one of two": _one_of_two}


class Which(BaseModel):
    name: str
    inside: bool


@component(retry=Retry(attempts=3, base=0, cap=0))
async def careless_step(name: str) -> None:
    await CARELESS[name]()


@workflow(name="careless")
async def careless_run(which: Which) -> Nothing:
    await (careless_step(which.name) if which.inside else CARELESS[which.name]())
    return Nothing()


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("name", CARELESS)
async def test_a_call_that_nobody_awaits_fails_its_body_with_what_to_write(name: str, inside: bool) -> None:
    report = await run_in_memory(careless_run, Which(name=name, inside=inside))
    assert report.error is not None
    assert report.error.kind == NotAwaited.__name__
    assert report.error.message.startswith("Component 'ready' was called and never awaited, so it did nothing. Write")
    assert report.error.permanent
    assert report.bodies_run["careless_step"] == int(inside), "another try would be as careless"
    if inside:
        assert [step.status for step in report.steps if step.name == "careless_step"] == ["failed"]
    await asyncio.sleep(0)  # a warning of a call never awaited would come now, and fail this


async def test_calls_that_were_given_up_on_purpose_are_no_mistake() -> None:
    @workflow(name="not-careless")
    async def flow(_: Nothing) -> Nothing:
        unwanted = ready("/unwanted")
        unwanted.close()
        task = asyncio.create_task(ready("/cancelled"))
        task.cancel()
        await asyncio.wait([task])
        async with asyncio.TaskGroup() as group:
            group.create_task(ready("/in a group"))
        first, second = ready("/first"), ready("/second")
        await gather(second, first)
        return Nothing()

    report = await run_in_memory(flow, Nothing())
    assert report.error is None, report.error
    assert [step.input["url"] for step in report.steps] == ["/in a group", "/second", "/first"]


async def test_a_call_that_is_made_in_one_body_may_be_awaited_in_another() -> None:
    @workflow(name="passed-on")
    async def flow(_: Nothing) -> Nothing:
        made = ready("/")

        @component
        async def inner() -> str:
            return await made

        await inner()
        return Nothing()

    report = await run_in_memory(flow, Nothing())
    assert report.error is None, report.error


async def test_a_type_that_cannot_be_written_is_refused_before_the_body_runs() -> None:
    ran: list[int] = []

    @component
    async def give() -> Service:
        ran.append(1)
        return Service()

    with pytest.raises(EncodingError, match="result: the type hint"):
        await give()
    assert not ran


async def test_functions_of_classes_are_told_apart_by_the_names_of_these() -> None:
    class A:
        @staticmethod
        @component
        async def fetch(url: str) -> str:
            return "a"

    class B:
        @staticmethod
        @component
        async def fetch(url: str) -> str:
            return "b"

    seen: list[list[str]] = []

    @workflow(name="definitions-classes")
    async def flow(request: Nothing) -> Nothing:
        # A replay asks in another order than the first attempt did.
        first, second = (A.fetch, B.fetch) if not seen else (B.fetch, A.fetch)
        seen.append(sorted([await first("/"), await second("/")]))
        await mark()
        return Nothing()

    report = await run_in_memory(flow, Nothing(), crash_after={"mark": 1})
    assert seen == [["a", "b"]] * 2
    assert [step.name for step in report.steps if step.name != "mark"] == ["A.fetch", "B.fetch"]


async def test_two_components_of_one_name_in_one_run_are_refused_by_name() -> None:
    @component(name="fetch")
    async def one(url: str) -> str:
        return "one"

    @component(name="fetch")
    async def other(url: str) -> str:
        return "other"

    @workflow(name="definitions-one-name")
    async def flow(request: Nothing) -> Nothing:
        await one("/")
        await one.retry(attempts=2)("/again")
        await other("/")
        return Nothing()

    report = await run_in_memory(flow, Nothing())
    assert report.error is not None and report.error.kind == "ValueError"
    assert "Two components of this run are named 'fetch'" in report.error.message
    assert "one and " in report.error.message and "other. " in report.error.message


class Odd(ValueError):
    def __init__(self, place: str, number: int) -> None:
        super().__init__(place, number)

    def __str__(self) -> str:
        return f"odd at {self.args[0]}"


@pytest.mark.parametrize(
    "error", [OSError(2, "no such page"), KeyError("missing"), ValueError("wrong"), Odd("/a", 3)], ids=repr
)
async def test_the_cause_of_a_failed_step_is_there_on_a_replay(error: Exception) -> None:
    seen: list[BaseException | None] = []

    @component
    async def fail() -> None:
        raise error

    @component
    async def around() -> None:
        await fail()

    @workflow(name="definitions-cause")
    async def flow(request: Nothing) -> Nothing:
        try:
            await around()
        except StepFailed as failed:
            seen.append(failed.__cause__)
        await mark()
        return Nothing()

    await run_in_memory(flow, Nothing(), crash_after={"mark": 1})
    live, replayed = seen
    assert live is error and replayed is not error
    assert type(replayed) is type(error) and str(replayed) == str(error)


async def test_the_cause_keeps_its_name_where_its_type_is_not_known() -> None:
    class Local(LookupError):
        pass

    seen: list[BaseException | None] = []

    @component
    async def fail() -> None:
        raise Local("gone")

    @workflow(name="definitions-local-cause")
    async def flow(request: Nothing) -> Nothing:
        try:
            await fail()
        except StepFailed as failed:
            seen.append(failed.__cause__)
        await mark()
        return Nothing()

    await run_in_memory(flow, Nothing(), crash_after={"mark": 1})
    assert [(type(each).__name__, str(each), isinstance(each, LookupError)) for each in seen] == [
        ("Local", "gone", True)
    ] * 2


class Login(BaseModel):
    password: SecretStr


async def test_a_secret_that_a_component_logs_is_dots() -> None:
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Kept()
    handler.setFormatter(HidingFormatter())
    logger = logging.getLogger("tests.definitions")
    logger.addHandler(handler)
    ours = structlog.wrap_logger(
        structlog.ReturnLogger(), processors=[structlog.processors.JSONRenderer(), hide_secrets]
    )

    @component
    async def sign_in(login: Login) -> None:
        value = login.password.get_secret_value()
        logger.warning("with %s", value)
        try:
            raise OSError(f"no entry for {value}")
        except OSError:
            logger.exception("refused")
        lines.append(ours.info("signing in", password=value, login=str(login)))

    @workflow(name="definitions-secret")
    async def flow(request: Login) -> Nothing:
        await sign_in(request)
        return Nothing()

    await run_in_memory(flow, Login(password=SecretStr("hunter-2-hunter")), secret="k" * 40)
    logger.removeHandler(handler)
    assert len(lines) == 3 and "hunter-2" not in json.dumps(lines)
    assert all("••••••" in line for line in lines)


@pytest.mark.parametrize("seconds", [0, 3.9, -1, float("nan")])
def test_a_lease_too_short_to_be_renewed_is_refused_before_a_worker_is_started(seconds: float) -> None:
    with pytest.raises(ValueError, match="it must be 4 s or more"):
        run_worker(redis_url="redis://127.0.0.1:1/0", deployment="d", lease_s=seconds)
    with pytest.raises(ValueError, match="it must be 4 s or more"):
        Worker("redis://127.0.0.1:1/0", lease_s=seconds)
