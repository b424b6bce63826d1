"""Imports point one way: genisys_site → agents → ingestion → runs → genisys. And each rule bites."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("genisys_site", "agents", "ingestion", "runs", "genisys")
APPS = ("genisys_site", "agents", "ingestion", "runs")
FACE = {"openai", "testing"}

_LINT = Path(sys.executable).parent / "lint-imports"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and the contracts, where a wrong import may be planted."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint(root: Path) -> tuple[bool, str]:
    done = subprocess.run(
        [str(_LINT), "--no-cache"], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_the_layers_are_kept() -> None:
    kept, said = _lint(ROOT)
    assert kept, said


@pytest.mark.parametrize(
    ("place", "planted"),
    [
        ("runs/planted.py", "import agents\n"),
        ("runs/planted.py", "from ingestion import models\n"),
        ("ingestion/planted.py", "def late():\n    from agents import models\n    return models\n"),
        ("agents/planted.py", "import genisys_site.settings\n"),
        ("genisys/planted.py", "import runs.models\n"),
        ("genisys/planted.py", "from django.conf import settings\n"),
    ],
)
def test_a_wrong_import_is_caught(copy: Path, place: str, planted: str) -> None:
    (copy / place).write_text(planted)
    kept, said = _lint(copy)
    assert not kept
    assert place.removesuffix(".py").replace("/", ".") in said


def _deep_imports(root: Path) -> list[str]:
    """Imports by an app of a module behind the library's face, wherever in the file they stand."""
    found = []
    for package in APPS:
        for path in sorted((root / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names: list[str] = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    names = [node.module]
                    if node.module == "genisys":
                        names += [f"genisys.{alias.name}" for alias in node.names if alias.name.startswith("_")]
                for name in names:
                    first, *rest = name.split(".")
                    if first == "genisys" and rest and rest[0] not in FACE:
                        found.append(f"{path.relative_to(root)}:{node.lineno} {name}")
    return found


def test_apps_know_only_the_face_of_the_library() -> None:
    assert _deep_imports(ROOT) == []


@pytest.mark.parametrize(
    "planted",
    [
        "from genisys.store import Store\n",
        "from genisys import _store\n",
        "def late():\n    import genisys.streaming.hub\n",
    ],
)
def test_an_import_behind_the_face_is_caught(copy: Path, planted: str) -> None:
    (copy / "runs" / "planted.py").write_text(planted)
    assert any("runs/planted.py" in found for found in _deep_imports(copy))
