"""What a stranger sees: a recorded run, drawn by the server at each of its events, the same for everybody."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from genisys.host import fold
from genisys_site.welcome import recording
from runs.models import Run
from runs.record import archive

pytestmark = pytest.mark.django_db


def test_the_recording_is_a_whole_log_that_names_no_machine() -> None:
    state = fold(recording.events())
    assert state["run_status"] == "completed"
    assert not [event for event in recording.events() if event.get("worker")]


def test_the_page_shows_how_the_run_ended_without_a_script(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "Done in 2 min" in page
    assert "What we know</h2>" in page
    assert re.search(r'<button[^>]* id="replay" hidden>', page), "without the script nothing would come of the button"


def test_the_run_stands_there_as_it_was_at_each_event(client: Client, django_assert_num_queries: Any) -> None:
    recording.drawn.cache_clear()
    early, late = (client.get("/recorded", {"seq": seq}) for seq in (45, recording.last_seq()))
    assert (early["X-Run-Seq"], late["X-Run-Seq"]) == ("45", str(recording.last_seq()))
    assert "Reading 9 pages" in early.content.decode()
    assert "Done in" in late.content.decode()
    assert "public" in early["Cache-Control"]
    with django_assert_num_queries(0):
        assert client.get("/recorded", {"seq": 45}).content == early.content


@pytest.mark.parametrize("seq", ["", "0", "-1", "x", "٣", "9" * 40, str(10**7)])
def test_a_number_outside_the_log_means_its_end(client: Client, seq: str) -> None:
    assert client.get("/recorded", {"seq": seq})["X-Run-Seq"] == str(recording.last_seq())


def test_only_a_run_of_a_product_that_has_ended_can_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "path", lambda: tmp_path / "recordings" / "reading.json")
    going = Run.objects.create(workflow="ingest-site", deployment="test", input={}, status="running")
    other = Run.objects.create(workflow="no-product", deployment="test", input={}, status="completed")
    for refused in (going.pk, other.pk, "nowhere"):
        with pytest.raises(CommandError):
            call_command("record", refused)


def test_a_recording_is_the_runs_log_without_its_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "recordings" / "reading.json"
    monkeypatch.setattr(recording, "path", lambda: place)
    run = Run.objects.create(workflow="ingest-site", deployment="test", input={}, status="completed")
    log = [
        {"seq": 1, "at": 1, "type": "run.queued", "attempt": 0, "workflow": "ingest-site", "title": "Read"},
        {"seq": 2, "at": 2, "type": "run.started", "attempt": 1, "worker": "host-a:1"},
        {"seq": 3, "at": 3, "type": "run.completed", "attempt": 1, "output": {}},
    ]
    archive.pack(run, log_id="log", last_seq=len(log), events=log, journal=[]).save(force_insert=True)
    call_command("record", run.pk)
    assert json.loads(place.read_text())["events"] == [log[0], {**log[1], "worker": ""}, log[2]]
