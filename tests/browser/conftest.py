"""A real Chromium against the real processes, and runs that do what the test says.

Playwright keeps an event loop in the thread of the test, so nothing here may use asyncio or the ORM: the product is
driven from outside, over HTTP, Redis and its management commands.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from genisys.host import canonical, fold
from tests.browser.gateway import Gateway

Stack = Process = Any  # of tests/conftest.py, which cannot be imported by name
TITLE = "What a good changelog does"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
PASSWORD = "correct horse battery"
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 780}
PATIENCE_MS = 20_000

expect.set_options(timeout=PATIENCE_MS)  # the default of contexts does not reach it


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium a module: Playwright's event loop must be gone before tests of other folders begin."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """A person's browser profile. Whatever its pages complain of is kept in `complaints`."""

    def __init__(self, browser: Browser, stack: Stack, **options: Any) -> None:
        self.stack = stack
        self.context: BrowserContext = browser.new_context(**{"viewport": WIDE, "locale": "en-GB", **options})
        self.context.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []

    def open(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{path}: {error}"))
        page.on("console", lambda line: self._note(path, line.type, line.text))
        page.goto(self.stack.url + path)
        return page

    def sign_in(self, email: str) -> None:
        """Signs in by the form, or with what the form gave the same person before."""
        kept = self.stack.__dict__.setdefault("cookies_of", {})
        if email in kept:
            self.context.add_cookies(kept[email])
            return
        page = self.open("/accounts/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(self.stack.url + "/")
        page.close()
        kept[email] = self.context.cookies()

    def sign_out(self) -> None:
        """Ends the session for good: the next sign-in is by the form again."""
        page = self.open("/")
        page.locator("details.menu > summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(self.stack.url + "/")
        page.close()
        self.stack.__dict__["cookies_of"].clear()

    def _note(self, path: str, kind: str, text: str) -> None:
        if (kind == "error" and "Content Security Policy" in text) or "Permissions-Policy" in text:
            self.complaints.append(f"{path}: {text}")


@pytest.fixture
def visitor(browser: Browser, stack: Stack) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors: `visitor()` signed in as the owner, `visitor(None)` not signed in. None may meet an error."""
    made: list[Visitor] = []

    def make(email: str | None = "owner@example.com", on: Stack = stack, **options: Any) -> Visitor:
        visitor = Visitor(browser, on, **options)
        made.append(visitor)
        if email is not None:
            _person(on, email)
            visitor.sign_in(email)
        return visitor

    yield make
    for visitor in made:
        visitor.context.close()
    assert not [complaint for visitor in made for complaint in visitor.complaints]


def _person(stack: Stack, email: str) -> None:
    known: set[str] = stack.__dict__.setdefault("known_people", set())
    if email not in known:
        stack.add_user(email, PASSWORD)
        known.add(email)


class Play:
    """One scripted run: what the test tells it, it does."""

    def __init__(self, stack: Stack, run_id: str) -> None:
        self.stack = stack
        self.run_id = run_id
        self.path = f"/runs/{run_id}/"

    def do(self, what: str, **fields: Any) -> None:
        self._push("", {"do": what, **fields})

    def say(self, text: str) -> None:
        self.do("say", text=text)

    def tell(self, name: str, key: str, **data: Any) -> None:
        self.do("tell", name=name, key=key, data=data)

    def step(self, name: str, text: str = "") -> None:
        self.do("step", name=name, text=text)

    def write(self, block: str = "article", *pieces: str, title: str = "", name: str = "write") -> None:
        """Begins a text, with its first pieces."""
        self.do("write", block=block, title=title, name=name)
        self.go_on(block, *pieces)

    def go_on(self, block: str, *pieces: str) -> None:
        for piece in pieces:
            self._push(f":{block}", {"txt": piece})

    def begin_again(self, block: str = "article") -> None:
        self._push(f":{block}", {})

    def close(self, block: str = "article") -> None:
        self._push(f":{block}", {"last": True})

    def end(self) -> None:
        self.do("end")

    def folded(self, visitor: Visitor) -> str:
        """The canonical fold of the whole log, as the API gives it to this visitor."""
        events: list[dict[str, Any]] = []
        after = "0"
        while True:
            answer = visitor.context.request.get(
                f"{self.stack.url}/api/runs/{self.run_id}/events",
                params={"after": after},
                headers={"Accept": "application/json"},
            )
            assert answer.ok, answer.text()
            page = answer.json()
            events += page["events"]
            after = page["next"]
            if page["up_to_date"]:
                return canonical(fold(events))

    def _push(self, stream: str, item: dict[str, Any]) -> None:
        with self.stack.redis.client() as client:
            client.xadd(f"script:{self.run_id}{stream}", {"item": json.dumps(item)}, id="0-*")


class Plays:
    """Scripted runs on a stack, and the worker that plays them: a deployment of its own."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.deployment = f"browser-{uuid4().hex[:8]}"
        self.workers: list[Process] = []

    def add_worker(self) -> Process:
        argv = [sys.executable, "-m", "genisys", "worker", "tests.browser.flows", "--deployment", self.deployment]
        process: type[Process] = type(self.stack.worker)
        name = f"{self.deployment}-{len(self.workers)}"
        worker = process(
            name, [*argv, "--concurrency", "200", "--no-spare"], self.stack.folder / f"{name}.log", self.stack.env
        )
        worker.start()
        self.workers.append(worker)
        return worker

    def start(self, workflow: str = "scripted", title: str = TITLE) -> Play:
        """A run that waits for commands."""
        _person(self.stack, "owner@example.com")
        run_id = str(uuid4())
        script = _START.format(run_id=run_id, workflow=workflow, title=title, deployment=self.deployment)
        self.stack.manage("shell", "--verbosity", "0", "-c", script)
        return Play(self.stack, run_id)

    def kill_worker(self) -> None:
        """SIGKILL for the process that holds the runs. Its parent starts another one."""
        found = [pid for pid in _below(self.workers[-1].pid) if not _below(pid)]
        assert found, "there is no worker to kill"
        for pid in found:
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Ends the workers and their children at once: the runs that they hold are of no more use."""
        for worker in self.workers:
            children = _below(worker.pid)
            worker.kill()
            for pid in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _below(pid: int) -> list[int]:
    """The processes under a process."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    direct = [child for child, parent in parents.items() if parent == pid]
    return direct + [deeper for child in direct for deeper in _below(child)]


_START = """
import asyncio
from django.conf import settings
from django.contrib.auth import get_user_model
from genisys.host import Engine
from runs.models import Run
owner = get_user_model().objects.get(email="owner@example.com")
run = Run.objects.create(
    id={run_id!r}, workflow={workflow!r}, title={title!r}, input={{"key": "script:{run_id}"}},
    deployment={deployment!r}, owner=owner,
)
async def start():
    async with Engine(settings.REDIS_URL) as engine:
        await engine.start(
            run.workflow, run.input, run_id=run.pk, owner=str(owner.pk), title=run.title, deployment={deployment!r}
        )
asyncio.run(start())
"""


@pytest.fixture
def plays_on() -> type[Plays]:
    """Scripted runs on a stack of the test's own."""
    return Plays


@pytest.fixture(scope="session")
def plays(stack: Stack) -> Iterator[Plays]:
    plays = Plays(stack)
    plays.add_worker()
    yield plays
    plays.stop()


@pytest.fixture
def play(plays: Plays) -> Iterator[Play]:
    """A scripted run of the owner's that has been taken and waits for commands, and that ends with the test."""
    play = plays.start()
    yield play
    play.end()


@pytest.fixture
def gateway(stack: Stack) -> Iterator[Gateway]:
    """A way to the product that the test can block and cut."""
    with Gateway(stack.port) as gateway:
        yield gateway


@pytest.fixture
def through(stack: Stack, gateway: Gateway, visitor: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Makes visitors whose browsers come through the gateway."""
    for what, empty in (("known_people", set()), ("cookies_of", {})):
        stack.__dict__.setdefault(what, empty)  # Of the product, whichever way one comes to it.
    seen_from_there = copy.copy(stack)
    seen_from_there.url = gateway.url
    return functools.partial(visitor, on=seen_from_there)
