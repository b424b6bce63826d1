"""The library alone: a wheel in an environment of its own, with what it declares and without Django, runs a worker.

The environment sees no site-packages but a folder of links: the wheel's declared dependencies, and theirs, as they are
installed here. So a dependency that is used but not declared fails this test. About 15 seconds, most of it the build.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from genisys.host import Deployments, Engine
from tests import environments
from tests.conftest import Process

ROOT = Path(__file__).resolve().parents[2]

FLOW = """
from pydantic import BaseModel

from genisys import component, workflow


class Words(BaseModel):
    words: list[str]


@component
async def shout(word: str) -> str:
    return word.upper()


@workflow(name="wheel-shout")
async def shouting(request: Words) -> Words:
    return Words(words=[await shout(word) for word in request.words])
"""


def run(*argv: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [str(part) for part in argv], cwd=cwd, capture_output=True, text=True, timeout=110, check=False
    )
    if done.returncode != 0:
        pytest.fail(f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build leaves folders beside its sources."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "genisys", source / "genisys", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", target, source)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel, what it needs, and nothing else."""
    home = tmp_path_factory.mktemp("environment")
    site = environments.make(home)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        needed = re.findall(r"^Requires-Dist: (.+)$", archive.read(metadata).decode(), re.MULTILINE)
    for found in environments.closure(needed):
        environments.link(found, site)
    return home / "bin/python"


def test_the_wheel_holds_the_types_and_the_scripts(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    package = ROOT / "genisys"
    files = [path for path in package.rglob("*") if path.suffix in (".py", ".lua", ".typed")]
    assert {str(path.relative_to(ROOT)) for path in files} <= held
    assert {"genisys/py.typed", "genisys/redis_io/lua/append.lua", "genisys/redis_io/keys.py"} <= held
    assert not {
        name for name in held if name.split("/")[0] not in ("genisys", wheel.name.split("-py3")[0] + ".dist-info")
    }


def test_there_is_no_django_in_the_wheels_environment(python: Path) -> None:
    said = run(
        python,
        "-c",
        "import genisys, importlib.util as u; print(genisys.__file__, u.find_spec('django'))",
        cwd=python.parent,
    )
    assert str(python.parents[1]) in said
    assert said.strip().endswith("None")


async def test_a_worker_from_the_wheel_runs_a_workflow(python: Path, redis_url: str, tmp_path: Path) -> None:
    (tmp_path / "shouting_flow.py").write_text(FLOW)
    argv = [str(python), "-m", "genisys", "worker", "shouting_flow", "--redis", redis_url]
    argv += ["--deployment", "wheel", "--concurrency", "2", "--processes", "2", "--per-owner", "1"]
    worker = Process("worker", argv, tmp_path / "worker.log", {"PYTHONPATH": str(tmp_path)}, cwd=tmp_path)
    worker.start()
    try:
        async with Engine(redis_url, deployment="wheel", per_owner=1) as engine:
            run_id = await engine.start("wheel-shout", {"words": ["a", "b"]}, owner="ann")
            async with asyncio.timeout(60):
                while (meta := await engine.meta(run_id)) is None or not meta.closed:
                    worker.must_live()
                    await asyncio.sleep(0.05)
            assert meta.status == "completed", worker.said()
            assert await engine.output_of(run_id) == {"words": ["A", "B"]}
            (found,) = await Deployments(engine).all()
            assert (found.name, found.unfinished) == ("wheel", 0)
        assert worker.stop() == 0
    finally:
        worker.kill()
