"""A run watched from a terminal."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal

import pytest
from django.conf import settings
from pydantic import BaseModel

from genisys import component, progress, status, text, workflow
from runs.rules.audit import Actor, Via
from runs.service.actions import cancel_run
from runs.service.starting import start_run
from runs.terminal.screen import Report, Screen, clean, follow_in_terminal, result_lines

ACTOR = Actor(None, Via.COMMAND)


class Task(BaseModel):
    fail: bool = False


class Summary(BaseModel):
    title: str
    markdown: str
    sources: list[str]


@component(title="Sum up")
async def sum_up(task: Task) -> str:
    if task.fail:
        raise ValueError("The \x1b[31msum\x1b[0m does not add up.")
    return "done"


@workflow(name="terminal-test")
async def terminal_test(task: Task) -> Summary:
    status("Reading")
    progress(1, 2, "pages")
    progress(2, 2, "pages")
    async with text("article", title="Article") as article:
        article.write("Hello brave world")
    await sum_up(task)
    return Summary(title="Sum", markdown="# Sum\n\nAll of it.", sources=["https://a.example/"])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_a_run_is_told_in_lines_and_ends_with_its_result(engine, worker, people):
    run = await start_run(user=people.owner, workflow="terminal-test", input=Task(), title="Sums")
    out = io.StringIO()
    code = await follow_in_terminal(run, json_output=False, stream=out)
    lines = out.getvalue().splitlines()
    assert code == 0
    assert lines[0] == f"Sums · {settings.SITE_ADDRESS}/runs/{run.pk}/"
    for expected in ("▸ Reading", "  2 of 2 pages", "✓ Article (3 words)", "title: Sum", "# Sum"):
        assert expected in lines
    assert "\x1b" not in out.getvalue()
    assert any(line.startswith("✓ Done · ") for line in lines)


async def test_with_json_the_result_alone_is_written(engine, worker, people):
    run = await start_run(user=people.owner, workflow="terminal-test", input=Task())
    out = Terminal()
    assert await follow_in_terminal(run, json_output=True, stream=out) == 0
    assert json.loads(out.getvalue())["title"] == "Sum"


async def test_a_failed_run_exits_with_1_and_says_why_without_driving_the_terminal(engine, worker, people):
    run = await start_run(user=people.owner, workflow="terminal-test", input=Task(fail=True))
    out = io.StringIO()
    assert await follow_in_terminal(run, json_output=False, stream=out) == 1
    assert "! Sum up: The [31msum[0m does not add up." in out.getvalue()
    assert "! Failed" in out.getvalue()

    again = io.StringIO()
    assert await follow_in_terminal(run, json_output=True, stream=again) == 1
    assert "does not add up" in json.loads(again.getvalue())["error"]["message"]


async def test_a_run_that_was_stopped_exits_with_1(engine, people):
    run = await start_run(user=people.owner, workflow="terminal-test", input=Task())
    await cancel_run(run, ACTOR)
    out = io.StringIO()
    assert await follow_in_terminal(run, json_output=False, stream=out) == 1
    assert "– Stopped" in out.getvalue()


async def test_an_archived_run_is_told_the_same(engine, worker, recorded, people):
    run = await start_run(user=people.owner, workflow="terminal-test", input=Task())
    first = io.StringIO()
    await follow_in_terminal(run, json_output=False, stream=first)
    await recorded(run)
    await engine.expire(run.pk, 0)
    again = io.StringIO()
    assert await follow_in_terminal(run, json_output=False, stream=again) == 0
    assert again.getvalue().splitlines()[1:] == first.getvalue().splitlines()[1:]


async def test_ctrl_c_leaves_the_run_going(engine, people):
    run = await start_run(user=people.owner, workflow="terminal-test", input=Task())
    out = io.StringIO()
    following = asyncio.create_task(follow_in_terminal(run, json_output=False, stream=out))
    async with asyncio.timeout(10):
        while "Sums" not in out.getvalue() and "terminal-test" not in out.getvalue():
            await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
    assert await asyncio.wait_for(following, 10) == 130
    assert "goes on in the background" in out.getvalue()
    assert not (await engine.meta(run.pk)).cancel_requested


async def test_a_run_that_nobody_takes_says_what_it_waits_for(engine, people, eventually):
    run = await start_run(user=people.owner, workflow="terminal-test", input=Task())
    out = io.StringIO()
    following = asyncio.create_task(follow_in_terminal(run, json_output=False, stream=out))

    async def said() -> bool:
        return "Waiting for a worker of deployment dev: none is alive." in out.getvalue()

    await eventually(said, "the terminal did not say why nothing moves")
    await cancel_run(run, ACTOR)
    assert await following == 1
    assert out.getvalue().count("none is alive") == 1


def _events(*events: dict) -> list[dict]:
    return [{"seq": seq, "at": 1, "attempt": 1, **event} for seq, event in enumerate(events, 1)]


def test_a_terminal_draws_its_bar_in_place_and_dims_running_text():
    out = Terminal()
    report = Report(Screen(out))
    report.take(
        _events(
            {"type": "progress", "done": 1, "total": 2, "unit": "pages"},
            {"type": "status", "text": "Reading"},
            {"type": "text.reset", "block": "a", "title": "A"},
            {"type": "text.reset", "block": "b", "title": "B"},
            {"type": "text.delta", "block": "a", "off": 0, "txt": "one"},
            {"type": "text.delta", "block": "b", "off": 0, "txt": "two"},
            {"type": "text.final", "block": "a", "txt": "one"},
        )
    )
    written = out.getvalue()
    assert written.startswith("\r\x1b[2K████████████░░░░░░░░░░░░ 1 of 2 pages\r\x1b[2K▸ Reading\n")
    assert "\x1b[2mone\x1b[0m" in written
    assert "two" not in written
    assert written.endswith("\n✓ a (1 word)\n")


def test_a_question_is_told_with_the_way_to_answer_it():
    out = io.StringIO()
    asked = {"type": "input.requested", "step": "s", "name": "go", "prompt": "Go\x1b[2J on?", "schema": {}, "until": 0}
    report = Report(Screen(out), "run-1")
    report.take(_events(asked, {"type": "input.received", "step": "s"}, {**asked, "wrong": "Too short"}))
    assert out.getvalue().splitlines() == [
        "? Go[2J on?",
        "  Answer on the run's page, or with `manage.py runs answer run-1 JSON`.",
        "✓ The answer was taken.",
        "! The answer does not fit: Too short",
        "? Go[2J on?",
        "  Answer on the run's page, or with `manage.py runs answer run-1 JSON`.",
    ]


@pytest.mark.parametrize("text", ["\x1b]0;title\x07", "\x9b31m", "a\rb", "\x00\x08\x7f"])
def test_nothing_that_a_terminal_obeys_is_written(text):
    assert all(character.isprintable() for character in clean(text))


def test_results_read_as_fields_lists_and_long_texts():
    output = {"title": "T", "body": "one\ntwo", "pages": 3, "none": None, "sources": [{"n": 1, "url": "u"}], "x": []}
    assert result_lines(output) == [
        "",
        "title: T",
        "pages: 3",
        "sources:",
        "  – 1, u",
        "x: none",
        "",
        "one\ntwo",
    ]
