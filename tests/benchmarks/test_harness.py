"""What all benchmarks stand on: measures in turn, and rooms in which each name that is written somewhere is found."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path

import pytest

from benchmarks.harness.measuring import in_turn
from benchmarks.harness.processes import BenchmarkFailed

ROOT = Path(__file__).resolve().parents[2]
MOST_FILES = 12


async def test_a_measure_that_fails_says_so_and_the_others_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    async def measure(name: str) -> int:
        if name == "broken":
            raise BenchmarkFailed("a step was lost")
        return len(name)

    found, failed = await in_turn(["one", "broken", "three"], measure, remark=lambda size: f", size {size}")
    assert failed and found == {"one": 3, "three": 5}
    said = capsys.readouterr().err.splitlines()
    assert said[1] == "broken FAILED: a step was lost" and said[2].endswith(" s, size 5")
    assert await in_turn(["one"], measure) == ({"one": 3}, False)


async def test_a_measure_that_never_ends_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    async def measure(_: str) -> None:
        await asyncio.Event().wait()

    assert await in_turn(["slow"], measure, longest_s=0) == ({}, True)
    assert capsys.readouterr().err == "slow FAILED: it took too long\n"


def test_no_room_is_crowded_and_each_says_what_it_is_for() -> None:
    for path in (ROOT / "benchmarks").rglob("__init__.py"):
        here = [each for each in path.parent.iterdir() if each.is_file()]
        assert len(here) <= MOST_FILES, path.parent
        assert ast.get_docstring(ast.parse(path.read_text())), path.parent


def test_what_all_share_knows_no_benchmark() -> None:
    for path in (ROOT / "benchmarks/harness").glob("*.py"):
        imports = [each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.ImportFrom)]
        assert all(each.level <= 1 and not (each.module or "").startswith("benchmarks") for each in imports), path


def _exists(module: str) -> bool:
    place = ROOT.joinpath(*module.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def test_the_site_finds_the_workflows_that_are_started_over_http() -> None:
    texts = [path.read_text() for path in (ROOT / "benchmarks").rglob("*.py")]
    apps = {app for text in texts for app in re.findall(r'"GENISYS_APPS": "([a-z_.]{1,80})"', text)}
    assert apps
    assert all(_exists(f"{app}.workflows") for app in apps), "the site looks for the workflows of each app there"


def test_every_module_that_is_named_in_text_exists() -> None:
    """Many are started by name, in processes of their own, where no linter looks."""
    pages = [*(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks/README.md"]
    pages += [ROOT / "CHANGELOG.md", ROOT / "Makefile", ROOT / "deploy/rehearse", *(ROOT / "ingestion").rglob("*.py")]
    named = {
        (page.relative_to(ROOT), name.rstrip("."))
        for page in pages
        for name in re.findall(r"\bbenchmarks\.[a-z_.]{1,80}", page.read_text())
    }
    assert len(named) > 40
    assert {(page, name) for page, name in named if not _exists(name)} == set()
