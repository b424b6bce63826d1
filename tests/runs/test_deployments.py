"""`manage.py deployments`, as an operator meets it."""

from __future__ import annotations

import json
import time
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command

from genisys.host import Engine, WorkerInfo
from genisys.testing.redis import beat

MANIFEST = {"workflows": {"w": "1"}, "inputs": {"w": {}}, "components": {}}


@pytest.fixture
def stranded(redis_url: str) -> str:
    """A run on v1, which nobody knows any more; v2 and v3 are registered."""

    async def make() -> str:
        async with Engine(redis_url, deployment="v1") as engine:
            for name in ("v2", "v3"):
                await engine.store.deployments.register(name, MANIFEST)
            return await engine.start("w", {}, title="Stranded")

    return async_to_sync(make)()


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("deployments", *arguments, stdout=out)
    return out.getvalue()


def states() -> dict[str, str]:
    return {each["name"]: each["state"] for each in json.loads(said("--json", "list"))}


def test_it_lists_promotes_drains_and_retires(stranded: str) -> None:
    assert states() == {"v2": "ready", "v3": "ready", "v1": "unknown"}
    assert "v2  promoted since 20" in said("promote", "v2")
    said("promote", "v3")
    assert states() == {"v2": "drained", "v3": "promoted", "v1": "unknown"}
    assert "v2" not in said("retire", "v2")
    with pytest.raises(CommandError, match="promote another deployment first"):
        said("drain", "v3")


def test_it_previews_and_moves_a_stranded_run(stranded: str) -> None:
    assert said("preview", "v2") == f"{stranded}  v1  Resumes.\n"
    (fate,) = json.loads(said("--json", "preview", "v2"))
    assert (fate["run_id"], fate["outcome"], fate["title"]) == (stranded, "resumes", "Stranded")
    assert "v2  ready  unfinished: 1  workers: 0" in said("move", stranded, "v2")
    assert said("preview", "v2") == "None.\n"


def test_a_wrong_name_is_told_with_the_right_ones(stranded: str) -> None:
    with pytest.raises(CommandError, match="Known: v2, v3"):
        said("promote", "v9")


def test_without_redis_it_says_so() -> None:
    with pytest.raises(CommandError, match="Redis does not answer"):
        said()


def test_it_names_first_the_worker_whose_stop_disturbs_least(stranded: str, redis_url: str) -> None:
    now = time.time_ns() // 1_000_000

    def worker(name: str, *runs: str, mark_ms: int = 0, draining: bool = False, deployment: str = "v2") -> WorkerInfo:
        marks = dict.fromkeys(runs, mark_ms)
        return WorkerInfo(name, f"host-{name}", 7, deployment, 4, now, now, runs, draining, marks)

    beat(
        redis_url,
        worker("busy", "a", "b"),
        worker("stepping", "c", mark_ms=now),
        worker("silent", "d", mark_ms=now - 60_000),
        worker("idle"),
        worker("leaving", "e", "f", "g", draining=True),
        worker("other", deployment="v3"),
    )
    names = [line.split("  ")[2] for line in said("workers", "v2").splitlines()]
    assert names == ["leaving", "idle", "silent", "stepping", "busy"]
    assert said("workers", "v2").startswith("host-leaving  7  leaving  runs: 3  draining\n")
    assert [each["id"] for each in json.loads(said("--json", "workers", "v3"))] == ["other"]
