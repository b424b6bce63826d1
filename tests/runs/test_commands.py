"""`manage.py run` and `manage.py runs`: what the API does, from a terminal."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from pydantic import BaseModel

from genisys import component, request_input, workflow
from runs.models import AuditEntry, Run
from runs.service.starting import start_run


class Sum(BaseModel):
    numbers: list[int] = [1, 2]
    fail: bool = False


class Total(BaseModel):
    total: int


class Decision(BaseModel):
    publish: bool


@component(title="Add up")
async def add_up(numbers: list[int]) -> int:
    return sum(numbers)


@component
async def double(total: int) -> int:
    return 2 * total


@workflow(name="command-sum", title=lambda order: f"Sum of {len(order.numbers)}")
async def command_sum(order: Sum) -> Total:
    total = await add_up(order.numbers)
    if order.fail:
        raise ValueError("It does not add up.")
    return Total(total=await double(total))


@workflow(name="command-ask")
async def command_ask(order: Sum) -> Decision:
    return await request_input(Decision, "Publish the sum?", name="publish")


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, what it printed, and why it refused."""

    code: int
    out: str
    err: str
    refusal: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def manage(redis_url: str, people: Any, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command as a process would, beside the test's own event loop."""

    def call(arguments: tuple[str, ...]) -> Ended:
        code, refusal = 0, ""
        try:
            call_command(*arguments)
        except CommandError as error:
            code, refusal = error.returncode, str(error)
        except SystemExit as left:
            code = int(left.code or 0)
        finally:
            connections.close_all()
        return Ended(code, *capsys.readouterr(), refusal)

    async def manage(*arguments: str) -> Ended:
        return await asyncio.to_thread(call, arguments)

    return manage


@pytest.fixture
def owner(people) -> tuple[str, str]:
    return "--user", people.owner.email


async def test_a_run_is_started_shown_and_gives_its_result(manage, worker, owner):
    ended = await manage("run", "command-sum", "--input", '{"numbers": [3, 4]}', *owner)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].startswith(f"Sum of 2 · {settings.SITE_ADDRESS}/runs/")
    assert any(line.startswith("✓ Done · ") for line in lines)
    assert lines[-1] == "total: 14"


async def test_with_json_the_result_alone_is_printed(manage, worker, owner):
    ended = await manage("run", "command-sum", "--json", *owner)
    assert (ended.code, ended.json) == (0, {"total": 6})


async def test_the_result_goes_to_a_file_and_the_title_is_as_given(manage, worker, owner, tmp_path):
    file = tmp_path / "sum.json"
    ended = await manage("run", "command-sum", "--title", "My sum", "-o", str(file), *owner)
    assert ended.code == 0
    assert json.loads(file.read_text()) == {"total": 6}
    assert ended.out.startswith("My sum · ")
    assert ended.out.splitlines()[-1] == f"  The result is in {file}."


async def test_a_run_that_fails_ends_with_1_and_leaves_no_file(manage, worker, owner, tmp_path):
    file = tmp_path / "sum.json"
    ended = await manage("run", "command-sum", "--input", '{"fail": true}', "--json", "-o", str(file), *owner)
    assert ended.code == 1
    assert "does not add up" in ended.json["error"]["message"]
    assert not file.exists()


async def test_without_waiting_the_id_alone_is_printed_and_the_same_key_gives_the_same_run(manage, owner):
    first = await manage("run", "command-sum", "--no-wait", "--key", "k1", *owner)
    again = await manage("run", "command-sum", "--no-wait", "--key", "k1", *owner)
    run = await Run.objects.aget()
    assert first.out == again.out == f"{run.pk}\n"
    assert run.get_absolute_url() in first.err
    other = await manage("run", "command-sum", "--no-wait", "--key", "k1", "--input", '{"fail": true}', *owner)
    assert (other.code, "used before" in other.refusal) == (1, True)


async def test_input_comes_from_a_file_or_from_standard_input_too(manage, worker, owner, tmp_path, monkeypatch):
    file = tmp_path / "order.json"
    file.write_text('{"numbers": [5]}')
    assert (await manage("run", "command-sum", "--input", f"@{file}", "--json", *owner)).json == {"total": 10}
    monkeypatch.setattr("sys.stdin", io.StringIO('{"numbers": [6]}'))
    assert (await manage("run", "command-sum", "--input", "-", "--json", *owner)).json == {"total": 12}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("command-sum", "--input", '{"numbers": [1,]}'), "The input is not JSON: "),
        (("command-sum", "--input", '{"numbers":\n x}'), "at line 2, column 2."),
        (("command-sum", "--input", "@/no/such/file"), "/no/such/file cannot be read: No such file"),
        (("command-sum", "--input", "[1]"), "input: Input should be a valid dictionary"),
        (("command-sum", "--input", '{"numbers": ["x", "y"]}'), "numbers.0: Input should be a valid integer"),
        (("command-summ",), "No workflow is named 'command-summ'. There are command-sum, command-ask"),
        (("command-sum", "--user", "eve@example.test"), "Nobody has signed up as eve@example.test."),
        (("command-sum", "--no-wait", "-o", "x.json"), "leave out one of --no-wait and --output"),
        (("command-sum", "-o", "/no/such/folder/x.json"), "/no/such/folder/x.json cannot be written."),
    ],
)
async def test_what_is_wrong_with_an_order_is_told_and_starts_nothing(manage, owner, arguments, told):
    named = () if "--user" in arguments else owner
    ended = await manage("run", *arguments, *named)
    assert ended.code == 1
    assert told in ended.refusal
    assert not await Run.objects.aexists()


async def test_a_run_is_recorded_and_waits_while_redis_is_away(manage, owner, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    ended = await manage("run", "command-sum", "--no-wait", *owner)
    run = await Run.objects.aget()
    assert (ended.code, ended.out) == (0, f"{run.pk}\n")
    stopped = await manage("runs", "cancel", run.pk)
    assert (stopped.code, "does not answer" in stopped.refusal) == (1, True)


async def test_runs_are_listed_by_state_workflow_and_person(manage, people):
    for person, workflow_name, status in (
        (people.owner, "command-sum", "completed"),
        (people.owner, "command-ask", "waiting"),
        (people.outsider, "command-sum", "running"),
    ):
        await Run.objects.acreate(
            owner=person, workflow=workflow_name, title=f"{status} \x1b[31m", status=status, input={}, deployment="dev"
        )

    async def titles(*arguments: str) -> list[str]:
        ended = await manage("runs", "list", "--json", *arguments)
        return [run["title"].split()[0] for run in ended.json]

    assert await titles() == ["running", "waiting", "completed"]
    assert await titles("--limit", "1") == ["running"]
    assert await titles("--status", "open") == ["running", "waiting"]
    assert await titles("--status", "completed", "--status", "running") == ["running", "completed"]
    assert await titles("--workflow", "command-ask") == ["waiting"]
    assert await titles("--user", "OUTSIDER@example.test") == ["running"]
    lines = (await manage("runs", "list")).out
    assert "✓ done" in lines and "owner@example.test" in lines
    assert "\x1b" not in lines
    assert (await manage("runs", "list", "--status", "failed")).out == "None.\n"
    assert "--limit must be 1 or more" in (await manage("runs", "list", "--limit", "0")).refusal


async def test_a_run_is_shown_with_why_it_waits(manage, engine, people):
    run = await start_run(user=people.owner, workflow="command-sum", input=Sum(fail=True), title="Sums\x1b[2J")
    waiting = (await manage("runs", "show", run.pk)).out
    assert "none is alive" in waiting
    for lines in (waiting, (await manage("runs", "pause", run.pk)).out, (await manage("runs", "show", "01")).out):
        assert "Sums[2J" in lines and "\x1b" not in lines
    await manage("runs", "resume", run.pk)
    shown = (await manage("runs", "show", run.pk, "--json")).json
    assert (shown["status"], shown["title"], shown["person"]) == ("queued", "Sums\x1b[2J", "owner@example.test")
    assert "none is alive" in shown["waiting_for"]


async def test_an_ended_run_is_shown_from_its_record(manage, worker, recorded, engine, people):
    run = await start_run(user=people.owner, workflow="command-sum", input=Sum(fail=True), title="Sums")
    await recorded(run)
    await engine.expire(run.pk, 0)
    lines = (await manage("runs", "show", run.pk)).out.splitlines()
    assert lines[0] == "Sums"
    assert any(line.startswith("  state       ! failed – ") for line in lines)
    assert "! It does not add up." in lines
    assert any("✓ Add up (add_up)" in line for line in lines)
    assert "  ValueError: It does not add up." in lines
    shown = (await manage("runs", "show", run.pk, "--json")).json
    assert shown["error"]["message"] == "It does not add up."
    assert shown["traceback"].startswith("Traceback") and ", in command_sum" in shown["traceback"]


async def test_a_run_is_named_by_as_much_of_its_id_as_tells_it_from_others(manage, engine, people):
    one = await Run.objects.acreate(pk="01aa-1", workflow="w", title="One", input={}, deployment="dev")
    await Run.objects.acreate(pk="01aa-12", workflow="w", title="Two", input={}, deployment="dev")
    assert (await manage("runs", "show", "01AA-12", "--json")).json["title"] == "Two"
    assert (await manage("runs", "show", one.pk, "--json")).json["title"] == "One"
    several = await manage("runs", "show", "01aa")
    assert several.code == 1
    assert "Several runs begin with 01aa: " in several.refusal and "01aa-12 (Two)" in several.refusal
    for nothing in ("02", "%", "_", ""):
        assert f"No run begins with {nothing!r}" in (await manage("runs", "show", nothing)).refusal


async def test_a_run_is_paused_resumed_stopped_and_retried_with_the_reason_on_record(manage, engine, control, people):
    run = await start_run(user=people.owner, workflow="command-sum", input=Sum())
    assert "rests" in (await manage("runs", "pause", run.pk, "--why", "Too dear at noon")).out
    assert (await engine.meta(run.pk)).paused
    assert (await manage("runs", "resume", run.pk, "--json")).json["paused"] is False
    assert (await manage("runs", "cancel", run.pk)).code == 0
    assert "already ended" in (await manage("runs", "cancel", run.pk)).refusal
    await control.sweep()
    assert (await manage("runs", "retry", run.pk)).code == 0
    assert "only a failed or cancelled one" in (await manage("runs", "retry", run.pk)).refusal
    entries = [entry async for entry in AuditEntry.objects.order_by("pk")]
    assert [entry.action for entry in entries] == ["pause", "resume", "cancel", "retry"]
    assert {(entry.via, entry.actor_name) for entry in entries} == {("command", "")}
    assert entries[0].why == "Too dear at noon"


async def test_in_a_persons_name_only_what_they_may_is_done(manage, engine, people):
    run = await start_run(user=people.owner, workflow="command-sum", input=Sum())
    assert "No run begins" in (await manage("runs", "cancel", run.pk, "--user", people.outsider.email)).refusal
    assert "not change it" in (await manage("runs", "cancel", run.pk, "--user", people.staff.email)).refusal
    assert not (await engine.meta(run.pk)).cancel_requested
    assert (await manage("runs", "cancel", run.pk, "--user", people.operator.email)).code == 0
    assert (await AuditEntry.objects.aget()).actor_name == people.operator.email


async def test_a_run_is_forked_at_a_step_with_other_arguments(manage, worker, ended, engine, people):
    run = await start_run(user=people.owner, workflow="command-sum", input=Sum())
    await ended(run)
    fork = ("runs", "fork", run.pk, "--step", "double", "--input", '{"total": 50}')
    made = await manage(*fork, "--title", "Fork", "--follow", "--json")
    assert (made.code, made.json) == (0, {"total": 100})
    row = await Run.objects.aget(parent=run)
    assert (row.title, row.parent_kind, row.owner_id) == ("Fork", "fork", people.owner.pk)
    key = next(step["key"] for step in (await manage("runs", "show", run.pk, "--json")).json["steps"])
    again = await manage("runs", "fork", run.pk, "--step", key[:8], "--json")
    assert again.json["workflow"] == "command-sum"
    assert "no step 'nothing'" in (await manage("runs", "fork", run.pk, "--step", "nothing")).refusal
    assert "has to be a JSON object" in (await manage(*fork[:-1], "[1]")).refusal


async def test_a_question_is_shown_and_answered(manage, worker, engine, eventually, people):
    run = await start_run(user=people.owner, workflow="command-ask", input=Sum())

    async def asked() -> Any:
        return (await manage("runs", "show", run.pk, "--json")).json["questions"]

    (question,) = await eventually(asked, "the run did not ask")
    assert (question["prompt"], question["schema"]["required"]) == ("Publish the sum?", ["publish"])
    shown = (await manage("runs", "show", run.pk)).out
    assert "? Publish the sum?" in shown and question["page"] in shown
    assert "does not fit" in (await manage("runs", "answer", run.pk, '{"publish": "maybe"}')).refusal
    assert "is for no question" in (await manage("runs", "answer", run.pk, "{}", "--question", "f" * 64)).refusal
    answered = await manage("runs", "answer", run.pk, '{"publish": true}', "--question", question["token"])
    assert (answered.code, "was taken" in answered.out) == (0, True)
    assert "is not asking anything now" in (await manage("runs", "answer", run.pk, "{}")).refusal
    entry = await AuditEntry.objects.aget()
    assert (entry.action, entry.via) == ("answer", "command")
