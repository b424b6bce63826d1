"""The whole road as people travel it: real processes, a real site, a model server that counts, workers killed."""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from genisys.host import TERMINAL, fold

PAGES = 24
TOPICS = ("valve", "pump", "boiler", "filter", "radiator", "thermostat", "burner", "expansion tank")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A small handbook of PAGES pages on loopback."""
    folder = tmp_path / "handbook"
    folder.mkdir()
    links = "".join(f'<li><a href="page-{n}.html">Page {n}</a></li>' for n in range(PAGES))
    for n in range(PAGES):
        topic = TOPICS[n % len(TOPICS)]
        text = " ".join(
            f"The {topic} of series {n} {what} number {k} after the winter service."
            for k, what in enumerate(("is cleaned with brush", "holds the pressure of mark", "is closed by screw") * 3)
        )
        body = f"<title>The {topic}, series {n}</title><main><h1>The {topic}, series {n}</h1><p>{text}</p></main>"
        (folder / f"page-{n}.html").write_text(f"<!doctype html><html lang=en>{body}<nav><ul>{links}</ul></nav></html>")
    (folder / "index.html").write_text(
        "<!doctype html><html lang=en><title>Heating handbook</title><main><h1>Heating handbook</h1>"
        f"<p>How heating systems are kept in order, part by part, with every valve and pump explained.</p></main>"
        f"<nav><ul>{links}</ul></nav></html>"
    )
    handler = functools.partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Person:
    """Somebody with a token and a browser's session."""

    def __init__(self, stack: Any, email: str, *, staff: bool = False) -> None:
        stack.add_user(email, "a long enough password", staff=staff)
        token = re.findall(r"gen_\S+", stack.manage("token", email))[-1]
        self.api = httpx.Client(
            base_url=f"{stack.url}/api", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=20
        )
        self._events: dict[str, list[dict[str, Any]]] = {}
        self.browser = httpx.Client(base_url=stack.url, trust_env=False, timeout=20, follow_redirects=True)
        page = self.browser.get("/accounts/login/")
        csrf = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
        form = {"csrfmiddlewaretoken": csrf, "login": email, "password": "a long enough password"}
        self.browser.post("/accounts/login/", data=form, headers={"Referer": stack.url})

    def start(self, workflow: str, **input: Any) -> str:
        answer = self.api.post(f"/workflows/{workflow}/start", json=input)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def get(self, path: str, **params: int) -> Any:
        """Ask the API, as somebody does who keeps to its limit."""
        while (answer := self.api.get(path, params=params)).status_code == 429:
            time.sleep(float(answer.headers["Retry-After"]))  # the API's own word
        return answer.raise_for_status().json()

    def output(self, run_id: str) -> Any:
        found = self.get(f"/runs/{run_id}/output")
        return found.get("output", found)

    def events(self, run_id: str) -> list[dict[str, Any]]:
        """The run's events; of those known from an earlier call none is asked for again."""
        events = self._events.setdefault(run_id, [])
        while True:
            after = events[-1]["seq"] if events else 0
            answer = self.get(f"/runs/{run_id}/events", after=after, limit=1000)
            events.extend(answer["events"])
            if answer["up_to_date"]:
                return events

    def close(self) -> None:
        self.api.close()
        self.browser.close()


@pytest.fixture
def person(own_stack: Any) -> Iterator[Callable[..., Person]]:
    made: list[Person] = []

    def make(name: str, *, staff: bool = False) -> Person:
        made.append(Person(own_stack, f"{name}@example.org", staff=staff))
        return made[-1]

    yield make
    for one in made:
        one.close()


def kill_the_holder(stack: Any, run_id: str) -> None:
    """`kill -9` for the worker process that holds the run."""
    with redis.Redis.from_url(stack.redis.url, decode_responses=True) as client:
        for key in client.scan_iter("genisys:worker:*"):
            worker = client.hgetall(key)
            if run_id in worker.get("runs", "").split():
                os.kill(int(worker["pid"]), signal.SIGKILL)
                return
    pytest.fail(f"no worker holds {run_id}")


def asked(stack: Any) -> Counter[str]:
    bodies = httpx.get(f"{stack.provider_url}/__requests", trust_env=False).json()
    return Counter(json.dumps(body, sort_keys=True) for body in bodies)


def repeats(stack: Any) -> int:
    """How many requests the model server was sent a second time."""
    return sum(times - 1 for times in asked(stack).values())


def pace(stack: Any, seconds: float) -> None:
    httpx.post(f"{stack.provider_url}/__pace", json={"seconds": seconds}, trust_env=False)


def killed_in_the_middle(
    stack: Any, person: Person, run_id: str, wait_until: Callable[..., Any], calls: int
) -> list[dict[str, Any]]:
    """Kill the worker once `calls` calls to the model are done, and give the run's events when it has ended."""
    repeated_before = repeats(stack)

    def completed() -> int:
        events = person.events(run_id)
        chats = {event["step"] for event in events if event["type"] == "step.started" and event.get("paid")}
        return sum(event["type"] == "step.completed" and event["step"] in chats for event in events)

    wait_until(lambda: completed() >= calls, f"the run did not come to {calls} calls", seconds=60)
    kill_the_holder(stack, run_id)
    wait_until(
        lambda: any(event["type"] == "run.recovering" for event in person.events(run_id)), "nobody noticed the death"
    )
    assert "stopped at" in person.browser.get(f"/runs/{run_id}/").text
    pace(stack, 0)
    wait_until(lambda: fold(person.events(run_id))["run_status"] in TERMINAL, "the run did not end", seconds=120)
    events = person.events(run_id)
    state = fold(events)
    assert state["run_status"] == "completed", state["error"]
    assert state["attempt"] == 2
    done = [event["step"] for event in events if event["type"] == "step.completed"]
    assert len(done) == len(set(done)), "a completed step ran again"
    cut = in_flight(events)
    repeated = repeats(stack) - repeated_before
    assert repeated <= len(cut), f"{repeated} calls were repeated, {len(cut)} were under way at the kill"
    return events


def in_flight(events: list[dict[str, Any]]) -> set[str]:
    """The paid steps that had begun and not ended when the first worker died."""
    death = next(event["seq"] for event in events if event["type"] == "run.recovering")
    begun = {event["step"] for event in events if event["type"] == "step.started" and event.get("paid")}
    before = {event["step"] for event in events if event["seq"] < death and event["type"] == "step.started"}
    ended = {event["step"] for event in events if event["seq"] < death and event["type"] == "step.completed"}
    return (begun & before) - ended


@pytest.mark.timeout(400)
def test_both_products_survive_their_workers_and_belong_to_their_owner(
    own_stack: Any, site: str, wait_until: Callable[..., Any], person: Callable[..., Person]
) -> None:
    owner, other, staff = person("owner"), person("other"), person("staff", staff=True)
    pace(own_stack, 0.02)
    reading = owner.start("ingest-site", url=site, max_pages=PAGES)
    killed_in_the_middle(own_stack, owner, reading, wait_until, calls=5)
    profile = owner.output(reading)
    assert profile["pages_read"] >= PAGES - 1
    assert profile["pages_failed"] == 0

    before = asked(own_stack)
    pace(own_stack, 0.02)
    writing = owner.start("write-post", topic="The valve and the pump after winter", site_id=profile["site_id"])
    events = killed_in_the_middle(own_stack, owner, writing, wait_until, calls=2)
    assert asked(own_stack) != before
    post = owner.output(writing)
    article = fold(events)["blocks"]["article"]
    assert article["state"] == "final"
    assert article["txt"].strip() == post["markdown"].strip()
    assert post["citations"]
    with httpx.Client(trust_env=False) as reader:
        for citation in post["citations"]:
            assert citation["url"].startswith(site)
            assert reader.get(citation["url"]).status_code == 200

    for run_id in (reading, writing):
        assert other.api.get(f"/runs/{run_id}").status_code == 404
        assert other.api.get(f"/runs/{run_id}/events").status_code == 404
        assert other.browser.get(f"/runs/{run_id}/").status_code == 404
        shown = staff.browser.get(f"/admin/runs/run/{run_id}/change/")
        assert shown.status_code == 200
        assert "write_profile" in shown.text or "chat scripted" in shown.text
