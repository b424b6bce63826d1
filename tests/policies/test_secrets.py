"""A secret is planted in a run, and every byte that anybody keeps or shows is searched for it."""

from __future__ import annotations

import contextlib
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import redis
from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic_core import to_json

from genisys import (
    Cache,
    EncodingError,
    Retry,
    SecretError,
    checkpoint,
    component,
    gather,
    progress,
    publish,
    publish_object,
    request_input,
    status,
    text,
    workflow,
)
from genisys.host import Engine, KeyRing
from genisys.testing import MemoryStore, Report, run_in_memory
from genisys.testing.redis import Store
from tests.codec import decode, encode
from tests.policies.hidden import RunSecrets

AnyStore = Store | MemoryStore
PLANTED = "hunter2&correct horse/battery"
TOKEN = "tok-8c1f0aa9-live"
DOTS = "••••••"
seen: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _count_from_zero() -> None:
    seen.clear()


class Login(BaseModel):
    name: str = "ada"
    password: SecretStr = SecretStr(PLANTED)
    ending: str = "well"


class Session(BaseModel):
    url: str
    token: SecretStr
    note: str = ""


class Account(BaseModel):
    keys: dict[str, SecretBytes]
    names: list[SecretStr] = []


@component
async def log_in(login: Login) -> Session:
    """Return a secret that did not come from outside."""
    assert login.password.get_secret_value() == PLANTED
    seen["log_in"] += 1
    status(f"Logging in with {PLANTED}")
    return Session(url=f"https://ada:{quote(PLANTED, safe='')}@host/", token=SecretStr(TOKEN))


@component(title=lambda password, token: f"Use {password}", retry=Retry(attempts=2, base=0, cap=0))
async def use(password: str, token: str) -> dict[str, Any]:
    """Take secrets as plain text, and put them everywhere."""
    assert (password, token) == (PLANTED, TOKEN)
    seen["use"] += 1
    publish("used", {"password": password, password: [token]}, key=password)
    publish_object("state", {"said": f"it is {password[:12]}"})
    publish_object("state", {"said": f"it is {password} and {token}"})
    progress(1, 2, f"of {token}")
    async with text(f"block {token}", title=password) as out:
        for letter in f"The password is {password}, the token {token}.":
            out.write(letter)
    if seen["use"] == 1:
        raise OSError(f"cannot reach https://host/?p={quote(password)}")
    return {"said": out.text, "big": f"{password} " * 4000}


@component
async def fail(password: str) -> None:
    raise EncodingError(f"{'x' * 1990}{password}", detail={"with": [password]})


@component(on_error=lambda error, password: "fell back")
async def fall(password: str) -> str:
    raise ValueError(password)


@workflow(name="test-secrets", title=lambda login: f"For {login.name}")
async def secretive(login: Login) -> Session:
    session = await log_in(login)
    token = session.token.get_secret_value()
    assert token == TOKEN and quote(PLANTED, safe="") in session.url
    used = await use(login.password.get_secret_value(), token)
    assert used["said"] == f"The password is {PLANTED}, the token {TOKEN}."
    await fall(PLANTED)
    if login.ending == "badly":
        await fail(PLANTED)
    if login.ending == "by itself":
        raise RuntimeError(f"the workflow says {PLANTED}")
    return Session(url=session.url, token=session.token, note=f"with {PLANTED}")


def _bytes_in(value: Any) -> Iterator[bytes]:
    """Every piece of bytes in nested data, also unpacked."""
    if isinstance(value, bytes):
        yield value
        for mark in (b"z", b"sz"):
            if value.startswith(mark):
                with contextlib.suppress(zlib.error):  # a word that begins with that letter
                    yield zlib.decompress(value[len(mark) :])
    elif isinstance(value, str):
        yield value.encode()
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _bytes_in(name)
            yield from _bytes_in(each)
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from _bytes_in(each)
    elif hasattr(value, "__slots__"):
        for name in value.__slots__:
            yield from _bytes_in(getattr(value, name, None))


def everything(store: AnyStore) -> bytes:
    """All that the store holds."""
    if isinstance(store, MemoryStore):
        kept: Any = [store._runs, store.cache._entries, store.cache._seen]
        return b"\n".join(_bytes_in(kept))
    found: list[Any] = []
    with redis.Redis.from_url(store.url) as client:
        for key in client.scan_iter():
            kind = client.type(key).decode()
            read: Any = {
                "hash": client.hgetall,
                "string": client.get,
                "stream": client.xrange,
                "zset": lambda key: client.zrange(key, 0, -1),
            }[kind]
            found += [key, read(key)]
    return b"\n".join(_bytes_in(found))


def nowhere(secret: str, *places: Any) -> None:
    """The secret stands in none of these bytes or objects, in no way of writing it."""
    for place in places:
        raw = place if isinstance(place, bytes) else repr(place).encode() + to_json(place)
        for form in {secret, quote(secret), quote(secret, safe=""), repr(secret)[1:-1]}:
            at = raw.find(form.encode())
            assert at < 0, raw[max(0, at - 200) : at + 60]


async def ran(store: AnyStore, login: Login, **options: Any) -> Report:
    report = await run_in_memory(secretive, login, store=store, **options)
    steps = [[getattr(step, name) for name in type(step).__slots__] for step in report.steps]
    for secret in (PLANTED, TOKEN):
        nowhere(secret, everything(store), report.events, report.state, steps)
    assert DOTS in str(report.events)
    return report


async def test_a_secret_is_nowhere_after_a_success_and_the_result_is_whole(store: AnyStore) -> None:
    report = await ran(store, Login())
    assert report.error is None
    assert report.output.token.get_secret_value() == TOKEN and PLANTED in report.output.note
    [step] = [step for step in report.steps if step.name == "use"]
    assert step.input == {"password": DOTS, "token": DOTS} and step.title == f"Use {DOTS}"
    assert report.state["blocks"][f"block {DOTS}"]["txt"] == f"The password is {DOTS}, the token {DOTS}."
    told = "".join(event["txt"] for event in report.events if event["type"] == "text.delta" and event["attempt"] == 1)
    assert DOTS in told


@pytest.mark.parametrize("ending", ["badly", "by itself"])
async def test_a_secret_is_nowhere_after_a_failure(
    store: AnyStore, ending: str, capfd: pytest.CaptureFixture[str]
) -> None:
    report = await ran(store, Login(ending=ending))
    assert report.error is not None
    nowhere(PLANTED, report.error.message.encode(), report.error.detail)
    assert PLANTED[:8] not in report.error.message, "not even the beginning, where a long message is cut"
    written = capfd.readouterr()
    nowhere(PLANTED, (written.out + written.err).encode())


@pytest.mark.parametrize("crash", [{"log_in": 1}, {"use": 1}, {"fall": 1}, {"step.retrying": 1}])
async def test_a_replay_after_a_crash_has_the_secrets_and_shows_none(store: AnyStore, crash: dict[str, int]) -> None:
    report = await ran(store, Login(), crash_after=crash)
    assert report.error is None, report.error
    assert report.output.token.get_secret_value() == TOKEN and PLANTED in report.output.note
    completed = [event["step"] for event in report.events if event["type"] == "step.completed"]
    assert report.attempts == 2 and len(completed) == len(set(completed)) == 3
    assert seen["log_in"] == 1


async def test_keys_of_steps_with_secrets_cannot_be_guessed() -> None:
    keys = [{step.key for step in (await ran(MemoryStore(), Login())).steps if step.name == "use"} for _ in range(2)]
    assert not keys[0] & keys[1], "the same input has another key in another run"


async def test_without_a_key_a_run_with_secrets_fails_at_its_start() -> None:
    with pytest.raises(SecretError, match="GENISYS_SECRET"):
        await run_in_memory(secretive, Login(), secret="")


class Nothing(BaseModel):
    pass


@workflow(name="test-secret-output")
async def makes_a_secret(request: Nothing) -> Session:
    seen["made"] += 1
    return Session(url="", token=SecretStr(TOKEN))


async def test_without_a_key_a_run_that_will_give_a_secret_does_not_begin() -> None:
    report = await run_in_memory(makes_a_secret, Nothing(), secret="")
    assert report.error is not None and "GENISYS_SECRET" in report.error.message
    assert report.error.kind == "SecretError" and not seen["made"]


async def test_a_run_without_secrets_needs_no_key_and_seals_nothing() -> None:
    store = MemoryStore()
    report = await run_in_memory(harmless, Nothing(), store=store, secret="")
    [run] = store._runs.values()
    assert report.error is None and "@secrets" not in run.journal
    assert b"sealed" not in everything(store)


@workflow(name="test-no-secret")
async def harmless(request: Nothing) -> Nothing:
    await gather(echo("a"), echo("b"))
    return request


@component
async def echo(value: str) -> str:
    return value


@pytest.mark.parametrize("short", ["a", "abc"])
async def test_a_secret_too_short_to_be_hidden_is_refused(short: str) -> None:
    with pytest.raises(SecretError, match="4 characters"):
        await run_in_memory(secretive, Login(password=SecretStr(short)))


# Cached results, questions, checkpoints


@component(cache=Cache(ttl=60))
async def mint(password: SecretStr) -> Session:
    seen["mint"] += 1
    return Session(url="", token=SecretStr(TOKEN))


@workflow(name="test-secret-cache")
async def minting(login: Login) -> Session:
    return await mint(login.password)


async def test_a_cached_secret_is_sealed_and_found_by_another_run(store: AnyStore) -> None:
    first = await run_in_memory(minting, Login(), store=store)
    second = await run_in_memory(minting, Login(), store=store)
    other = await run_in_memory(minting, Login(password=SecretStr("another one")), store=store)
    assert [r.output.token.get_secret_value() for r in (first, second, other)] == 3 * [TOKEN]
    assert [r.steps[0].cache["hit"] for r in (first, second, other) if r.steps[0].cache] == [False, True, False]
    assert other.steps[0].cache is not None and other.steps[0].cache["why"] == "argument `password` differed"
    for secret in (PLANTED, TOKEN):
        nowhere(secret, everything(store))


@workflow(name="test-secret-question")
async def questioning(request: Nothing) -> Session:
    given = await request_input(Login, "Who are you?", name="login")
    await echo(given.password.get_secret_value())
    mark = await checkpoint()
    if not mark.feedback:
        await mark.restore(f"again with {given.password.get_secret_value()}")
    assert PLANTED in mark.feedback
    return Session(url=mark.feedback, token=given.password)


async def test_an_answer_with_a_secret_is_sealed_in_the_inbox() -> None:
    store = MemoryStore()
    report = await run_in_memory(questioning, Nothing(), store=store, answers={"login": Login()})
    assert report.error is None, report.error
    assert report.output.token.get_secret_value() == PLANTED
    nowhere(PLANTED, everything(store), report.events)
    [run] = store._runs.values()
    assert run.inbox


# The engine


@pytest.mark.parametrize(
    ("workflow", "input", "secrets"),
    [
        ("test-secrets", {"password": PLANTED}, ()),
        ("test-secrets", Login(), ()),
        ("unknown here", {"account": {"keys": [PLANTED]}, "again": f"x {PLANTED}"}, ("account.keys.0",)),
        ("unknown here", {"account": {"keys": [PLANTED]}}, ("account",)),
    ],
)
async def test_the_engine_seals_the_secrets_of_an_input(
    redis_url: str, workflow: str, input: Any, secrets: tuple[str, ...]
) -> None:
    async with Engine(redis_url, secret="s") as engine:
        run_id = await engine.start(workflow, input, secrets=secrets, title=f"With {PLANTED}")
        nowhere(PLANTED, everything(engine.store), await engine.input_of(run_id), await engine.events(run_id))
        assert DOTS in str(await engine.input_of(run_id))
        meta = await engine.meta(run_id)
        assert meta is not None and meta.title == f"With {DOTS}"


async def test_the_engine_refuses_secrets_without_a_key_and_paths_to_nowhere(redis_url: str) -> None:
    async with Engine(redis_url) as engine:
        with pytest.raises(SecretError, match="GENISYS_SECRET"):
            await engine.start("test-secrets", {"password": PLANTED})
        with pytest.raises(ValueError, match=r"nothing at 'b\.c'"):
            await engine.start("unknown here", {"a": 1}, secrets=("b.c",))
        assert await engine.store.unfinished() == []


async def test_an_input_that_does_not_fit_is_refused_without_showing_it(redis_url: str) -> None:
    async with Engine(redis_url, secret="s") as engine:
        with pytest.raises(EncodingError) as caught:
            await engine.start("test-secrets", {"password": PLANTED, "name": [PLANTED]})
    nowhere(PLANTED, str(caught.value).encode())


async def test_a_fork_with_an_edited_input_keeps_the_secrets(redis_url: str) -> None:
    async with Engine(redis_url, secret="a secret for tests") as engine:
        run_id = await engine.start("test-secrets", Login())
        report = await run_in_memory(secretive, Login(), store=engine.store, run_id=run_id)
        [step] = [step.key for step in report.steps if step.name == "use"]
        fork = await engine.fork(run_id, step=step, input={"password": PLANTED, "token": TOKEN})
        again = await run_in_memory(secretive, Login(), store=engine.store, run_id=fork)
        assert again.error is None and again.output.token.get_secret_value() == TOKEN
        for secret in (PLANTED, TOKEN):
            nowhere(secret, everything(engine.store))
    assert seen["log_in"] == 1 and seen["use"] == 3


# Keys and types


def test_a_new_first_key_still_opens_what_the_old_one_sealed() -> None:
    sealed = KeyRing("old").seal({"a": [1]})
    assert KeyRing(["new", "old"]).open(sealed) == {"a": [1]}
    with pytest.raises(SecretError, match="another key"):
        KeyRing("new").open(sealed)
    with pytest.raises(SecretError, match="another key"):
        KeyRing("old").open(KeyRing(["new", "old"]).seal(1))


def test_the_digests_of_a_run_outlive_a_change_of_the_key() -> None:
    before = RunSecrets(KeyRing("old"), {PLANTED})
    after = RunSecrets.from_journal(KeyRing(["new", "old"]), before.kept())
    for each in (before, after):
        each.learn({PLANTED})
    assert before.digest({"p": PLANTED}) == after.digest({"p": PLANTED})
    assert before.digest({"p": "open"}) == RunSecrets(KeyRing()).digest({"p": "open"})


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (SecretStr(PLANTED), SecretStr),
        (Account(keys={"k": SecretBytes(PLANTED.encode())}, names=[SecretStr("öäü𝄞")]), Account),
        ({1: (SecretStr("aaaa"), None)}, dict[int, tuple[SecretStr, SecretStr | None]]),
        ([Login()], list[Login | Account]),
        (SecretStr(""), SecretStr),
    ],
)
def test_secrets_come_back_from_json_as_they_were(value: Any, hint: Any) -> None:
    met: set[str] = set()
    data = encode(value, hint, where="here", learn=met.update)
    assert decode(data, hint, where="here") == value
    found: set[str] = set()
    decode(data, hint, where="here", learn=found.update)
    assert met == found and (met or value == SecretStr(""))


def test_a_secret_under_any_is_found_too() -> None:
    met: set[str] = set()
    assert encode({"a": [SecretStr(PLANTED)]}, Any, where="here", learn=met.update) == {"a": [PLANTED]}
    assert met == {PLANTED}
    assert encode("**********", Any, where="here", learn=met.update) == "**********"


def test_a_secret_that_could_not_come_back_is_an_error_that_does_not_tell_it() -> None:
    with pytest.raises(EncodingError) as caught:
        encode({SecretStr(PLANTED)}, set[SecretStr], where="here")
    nowhere(PLANTED, str(caught.value).encode())
