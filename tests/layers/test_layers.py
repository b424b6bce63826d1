"""The floors of the packages and of the library's rooms are kept, nothing imports in a loop. And each rule bites."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("genisys_site", "staff", "agents", "ingestion", "runs", "language", "genisys")
APPS = ("genisys_site", "staff", "agents", "ingestion", "runs")
FACES = {"client", "errors", "host", "localmodel", "net", "openai", "testing"}

_LINT = Path(sys.executable).parent / "lint-imports"

# One file each, so that the linter can name it.
PLANTED = {
    "runs/rules/planted_product.py": "import agents\n",
    "runs/rules/planted_name.py": "from ingestion import models\n",
    "runs/record/planted_service.py": "from runs.service import starting\n",
    "runs/live/planted_late.py": "def late():\n    from runs.control_plane import projection\n    return projection\n",
    "runs/planted_room/__init__.py": "",
    "ingestion/planted_late.py": "def late():\n    from agents import models\n    return models\n",
    "staff/planted_product.py": "import agents.models\n",
    "agents/planted_site.py": "import genisys_site.settings\n",
    "language/planted_product.py": "import ingestion.urls\n",
    "language/planted_numpy.py": "import numpy\n",
    "genisys/store/planted_app.py": "import runs.models\n",
    "genisys/store/planted_django.py": "from django.conf import settings\n",
    "genisys/store/planted_floor.py": "from ..engine import engine\n",
    "genisys/policies/planted_types.py": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from ..authoring.component import Component\n"
    ),
    "genisys/log/planted_redis.py": "import redis\n",
    "genisys/planted_room/__init__.py": "",
}


def _copied(folder: Path) -> Path:
    """Return a copy of the packages and the contracts, where a wrong import may be planted."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _lint(root: Path) -> tuple[bool, str]:
    done = subprocess.run(
        [str(_LINT), "--no-cache"], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_the_floors_are_kept() -> None:
    kept, said = _lint(ROOT)
    assert kept, said


@pytest.fixture(scope="module")
def lint_of_what_was_planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy into which all of PLANTED was put."""
    copy = _copied(tmp_path_factory.mktemp("planted"))
    for place, text in PLANTED.items():
        (copy / place).parent.mkdir(exist_ok=True)
        (copy / place).write_text(text)
    kept, said = _lint(copy)
    assert not kept
    return said


@pytest.mark.parametrize("place", PLANTED)
def test_a_wrong_import_is_caught(lint_of_what_was_planted: str, place: str) -> None:
    assert place.removesuffix(".py").removesuffix("/__init__").replace("/", ".") in lint_of_what_was_planted


def _loops(graph: grimp.ImportGraph) -> list[list[str]]:
    """Return the sets of modules each of which reaches all others. Source: R. Tarjan, SIAM J. Comput. 1 (1972)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        path.append(module)
        for imported in graph.find_modules_directly_imported_by(module):
            if imported not in number:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in path:
                lowest[module] = min(lowest[module], number[imported])
        if lowest[module] == number[module]:
            start = path.index(module)
            if len(loop := path[start:]) > 1:
                found.append(sorted(loop))
            del path[start:]

    for module in sorted(graph.modules):
        if module not in number:
            visit(module)
    return found


def test_no_modules_import_each_other_not_even_for_types_alone() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    assert _loops(graph) == []
    graph.add_import(importer="genisys.core.codec", imported="genisys.engine.engine")
    assert any({"genisys.core.codec", "genisys.engine.engine"} <= set(loop) for loop in _loops(graph))


def _squashed(graph: grimp.ImportGraph) -> grimp.ImportGraph:
    """Return the graph of the packages' rooms: what a file of a room imports is imported by the room."""
    for room in [child for package in PACKAGES for child in graph.find_children(package)]:
        graph.squash_module(room)
    return graph


def test_no_rooms_import_each_other_file_by_file() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    assert _loops(_squashed(graph)) == []
    planted = grimp.build_graph(*PACKAGES, cache_dir=None)
    planted.add_import(importer="ingestion.web.links", imported="ingestion.outcomes.marks")
    assert any({"ingestion.web", "ingestion.outcomes"} <= set(loop) for loop in _loops(_squashed(planted)))


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and full name of all that is imported, wherever in the file it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _deep_imports(text: str) -> list[str]:
    """Return the imports of modules of the library that are behind its faces."""
    rooms = {path.stem for path in (ROOT / "genisys").iterdir()} - FACES
    found = []
    for line, name in _imported(ast.parse(text)):
        package, *inside = name.split(".")
        if package == "genisys" and inside and inside[0] in rooms:
            found.append(f"{line} {name}")
    return found


def test_apps_know_only_the_faces_of_the_library() -> None:
    paths = [path for package in APPS for path in sorted((ROOT / package).rglob("*.py"))]
    deep = {str(path.relative_to(ROOT)): _deep_imports(path.read_text(encoding="utf-8")) for path in paths}
    assert {place: found for place, found in deep.items() if found} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "from genisys.store.runs import Store\n",
        "from genisys import store\n",
        "def late():\n    import genisys.streaming.hub\n",
    ],
)
def test_an_import_behind_the_faces_is_caught(planted: str) -> None:
    assert _deep_imports(planted)
    assert not _deep_imports("from genisys.host import Engine\nfrom genisys import workflow\nimport genisys.openai\n")
