"""`manage.py write` and `manage.py ingest`: for whom they act, what they start, how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import redis.exceptions
from django.core.management import CommandError, call_command

from agents.brief.brief import Brief
from genisys import UserError
from runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was handed to the runs; following one ends at once, with exit code 0."""
    orders: list[dict[str, Any]] = []

    async def start(**order: Any) -> Run:
        orders.append(order)
        return Run(title=order["title"])

    async def follow(run: Run, *, json_output: bool, stream: Any, result_file: Any) -> int:
        orders[-1]["json"] = json_output
        return 0

    monkeypatch.setattr("runs.terminal.run_command.start_run", start)
    monkeypatch.setattr("runs.terminal.run_command.follow_in_terminal", follow)
    return orders


@pytest.fixture
def ada(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user(username="ada", email="ada@example.com")


def run_command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command(*arguments)
    return int(ended.value.code or 0)


def test_write_starts_the_same_run_as_the_form(started: list[dict[str, Any]], ada: Any) -> None:
    assert run_command("write", "Jobs", "--sections", "5", "--json") == 0
    [order] = started
    assert (order["user"], order["workflow"], order["title"], order["json"]) == (ada, "write-post", "Jobs", True)
    assert order["input"].model_dump() == {
        "topic": "Jobs",
        "site_id": None,
        "sections": 5,
        "post_id": None,
        "brief": Brief().model_dump(),
        "outlines": [],
    }


def test_write_takes_the_whole_brief(started: list[dict[str, Any]], ada: Any, tmp_path: Path) -> None:
    (tmp_path / "care.md").write_bytes(b"# Care")
    brief = Brief(
        audience="owners", goal="they act", words=900, format="how-to", call_to_action="book", keyword="care",
        tone="plain", tone_sample="So.", tone_address="https://a.example/voice",
        sources=["https://a.example/1", "https://a.example/2"],
        files=[{"name": "care.md", "content": "IyBDYXJl"}],
        not_say=["cheap"], web=True, ask=True, approve_minutes=30,
        caps={"research": 1000, "outline": 2000, "sections": 3000, "edit": 4000},
    )  # fmt: skip
    options = [
        "--audience", "owners", "--goal", "they act", "--words", "900", "--format", "how-to",
        "--call-to-action", "book", "--keyword", "care", "--tone", "plain", "--tone-sample", "So.", "--tone-address", "https://a.example/voice",
        "--source", "https://a.example/1", "--source", "https://a.example/2", "--file", str(tmp_path / "care.md"),
        "--not-say", "cheap", "--web", "--ask", "--approve", "30", "--cap-research", "1000", "--cap-outline", "2000",
        "--cap-sections", "3000", "--cap-edit", "4000",
    ]  # fmt: skip
    assert run_command("write", "Jobs", *options) == 0
    assert started[0]["input"].brief == brief
    assert all(getattr(brief, name) for name in Brief.model_fields), "a field of the brief has no option here"


def test_write_says_which_file_or_address_is_wrong(started: list[dict[str, Any]], ada: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.md cannot be read: No such file"):
        call_command("write", "Jobs", "--file", str(tmp_path / "none.md"))
    with pytest.raises(CommandError, match="is no web address"):
        call_command("write", "Jobs", "--source", "nowhere")
    assert not started


def test_ingest_starts_the_same_run_as_the_form(started: list[dict[str, Any]], ada: Any) -> None:
    assert run_command("ingest", "https://quillon.example", "--max-pages", "7") == 0
    [order] = started
    assert (order["user"], order["workflow"], order["json"]) == (ada, "ingest-site", False)
    assert order["input"].url == "https://quillon.example"
    assert order["input"].max_pages == 7


@pytest.mark.parametrize("code", [0, 1, 130])
def test_the_exit_code_is_the_runs(
    started: list[dict[str, Any]], ada: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    async def follow(run: Run, **options: Any) -> int:
        return code

    monkeypatch.setattr("runs.terminal.run_command.follow_in_terminal", follow)
    assert run_command("write", "Jobs") == code


@pytest.mark.parametrize("arguments", [("write", "ab"), ("write", "Jobs", "--sections", "99"), ("ingest", "")])
def test_wrong_arguments_are_told_and_start_nothing(
    started: list[dict[str, Any]], ada: Any, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError):
        call_command(*arguments)
    assert not started


@pytest.mark.parametrize(
    ("error", "told"), [(UserError("Not today."), "Not today."), (redis.exceptions.ConnectionError(), "Redis does not")]
)
def test_what_stands_in_the_way_is_told_in_a_sentence(
    started: list[dict[str, Any]], ada: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    async def fail(**order: Any) -> Run:
        raise error

    monkeypatch.setattr("runs.terminal.run_command.start_run", fail)
    with pytest.raises(CommandError, match=told):
        call_command("write", "Jobs")


def test_a_named_person_is_found_whatever_the_case(
    started: list[dict[str, Any]], ada: Any, django_user_model: Any
) -> None:
    django_user_model.objects.create_superuser(username="root", email="root@example.com")
    run_command("write", "Jobs", "--user", "ADA@example.com")
    assert started[0]["user"] == ada
    with pytest.raises(CommandError, match="Nobody has signed up as eve"):
        call_command("write", "Jobs", "--user", "eve@example.com")


def test_without_a_name_the_first_administrator_is_meant(
    started: list[dict[str, Any]], ada: Any, django_user_model: Any
) -> None:
    root = django_user_model.objects.create_superuser(username="root", email="root@example.com")
    run_command("write", "Jobs")
    assert started[0]["user"] == root


def test_among_several_people_a_name_is_asked_for(
    started: list[dict[str, Any]], ada: Any, django_user_model: Any
) -> None:
    django_user_model.objects.create_user(username="eve", email="eve@example.com")
    with pytest.raises(CommandError, match="--user EMAIL"):
        call_command("write", "Jobs")


def test_with_nobody_there_the_way_in_is_told(started: list[dict[str, Any]]) -> None:
    with pytest.raises(CommandError, match="Nobody has signed up yet"):
        call_command("write", "Jobs")
