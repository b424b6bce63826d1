"""A worker process keeps bytes where it is told, and asks for none where it can keep none."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

import genisys_site.management.commands.worker as product_worker
from genisys.host import Engine, FolderBlobs, blobs, keep_blobs_in
from genisys.testing import FakeProvider
from tests.conftest import Process
from tests.waits import ended

PICTURE = bytes(range(256)) * 1000
BODY = json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(PICTURE).decode()}]})


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as running:
        running.fault("raw", 9, body=BODY)
        yield running


@pytest.fixture
def worker(redis_url: str, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Start `python -m genisys worker` with more arguments and environment."""
    started: list[Process] = []

    def start(*more: str, **environment: str) -> None:
        argv = [
            sys.executable,
            "-m",
            "genisys",
            "worker",
            "tests.openai_client.drawing",
            "--no-spare",
            "--redis",
            redis_url,
        ]
        process = Process("worker", [*argv, "--deployment", "draw", *more], tmp_path / "worker.log", environment)
        process.start()
        started.append(process)

    yield start
    for process in started:
        process.kill()


async def drawn(redis_url: str, provider: FakeProvider) -> tuple[Any, Any, Any]:
    """Run one drawing to its end; return the run's meta, its result and its error."""
    async with Engine(redis_url, deployment="draw") as engine:
        run_id = await engine.start("draw", {"base_url": provider.base_url})
        [meta] = await ended(engine, run_id)
        events = await engine.events(run_id)
        return meta, await engine.output_of(run_id), events[-1].get("error")


@pytest.mark.parametrize("way", ["--blobs", "GENISYS_BLOBS"])
async def test_bytes_go_into_the_folder_that_the_worker_was_given(
    redis_url: str, provider: FakeProvider, worker: Callable[..., None], tmp_path: Path, way: str
) -> None:
    folder = tmp_path / "kept"
    if way == "--blobs":
        worker("--blobs", str(folder), GENISYS_BLOBS=str(tmp_path / "elsewhere"))
    else:
        worker(GENISYS_BLOBS=str(folder))
    meta, output, error = await drawn(redis_url, provider)
    assert (error, output) == (None, {"bytes": len(PICTURE)})
    [file] = [path for path in folder.rglob("*") if path.is_file()]
    assert file.parent.name == meta.run_id
    assert file.read_text() == BODY
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("place", ["none", "a file"])
async def test_a_worker_that_can_keep_no_bytes_fails_the_run_for_good_and_asks_for_none(
    redis_url: str, provider: FakeProvider, worker: Callable[..., None], tmp_path: Path, place: str
) -> None:
    (tmp_path / "in the way").write_text("")
    if place == "none":
        worker(GENISYS_BLOBS="")
    else:
        worker("--blobs", str(tmp_path / "in the way"))
    meta, output, error = await drawn(redis_url, provider)
    assert (meta.status, output, error["permanent"]) == ("failed", None, True)
    why = "there is no place to keep them" if place == "none" else "took nothing (File exists)"
    assert why in error["message"]
    assert "othing was sent" in error["message"] and "GENISYS_BLOBS" in error["message"]
    assert str(tmp_path) not in error["message"]
    assert provider.requests == []


def test_the_products_worker_keeps_bytes_where_its_setting_says(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GENISYS_BLOBS = tmp_path / "kept"
    seen: list[Any] = []
    monkeypatch.setattr(product_worker, "run_worker", lambda **_: seen.append(blobs()) or 0)
    try:
        with pytest.raises(SystemExit):
            call_command("worker")
    finally:
        keep_blobs_in(None)
    assert [repr(each) for each in seen] == [repr(FolderBlobs(tmp_path / "kept"))]
