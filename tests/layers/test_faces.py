"""Tests see the library by its faces: few files look behind them, and each says why where it does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
LIBRARY = TESTS.parent / "genisys"
FACES = ("client", "errors", "host", "localmodel", "net", "openai", "testing")
WHOLE = "testing"
"""The face whose submodules are public too."""
MOST_FILES_BEHIND = 15


def _is_behind(module: str) -> bool:
    """Say whether this module of the library is part of no face."""
    first, *rest = module.split(".")
    return first == "genisys" and bool(rest) and (rest[0] not in FACES or (len(rest) > 1 and rest[0] != WHOLE))


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.level or node.module is None:
        return []
    parts = [f"{node.module}.{alias.name}" for alias in node.names]
    return [node.module, *(part for part in parts if _is_module(part))]


def _is_module(name: str) -> bool:
    place = LIBRARY.parent.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def imports_behind(source: str) -> dict[str, bool]:
    """Return the imports that reach behind a face, wherever in the source they stand, and whether each says why.

    The reason is a comment on the import's first line or on the line above it.
    """
    lines = ["", *source.splitlines()]
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom) and any(map(_is_behind, _modules(node))):
            above, line = lines[node.lineno - 1].strip(), lines[node.lineno]
            said = [above.removeprefix("#") if above.startswith("#") else "", line.partition("#")[2]]
            found[ast.unparse(node)] = any(reason.strip() and "noqa" not in reason for reason in said)
    return found


def _files_behind() -> dict[str, dict[str, bool]]:
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py"))}
    found = {str(path.relative_to(TESTS)): imports_behind(source) for path, source in sources.items()}
    return {path: imports for path, imports in found.items() if imports}


def test_few_tests_look_behind_the_faces() -> None:
    assert len(_files_behind()) <= MOST_FILES_BEHIND, sorted(_files_behind())


def test_each_import_behind_a_face_says_why() -> None:
    behind = _files_behind().items()
    silent = [f"{path}: {line}" for path, lines in behind for line, says_why in lines.items() if not says_why]
    assert silent == []


@pytest.mark.parametrize(
    ("planted", "says_why"),
    [
        ("from genisys.store.runs import Store\n", False),
        ("import genisys.streaming.hub\n", False),
        ("from genisys.core import codec\n", False),
        ("from genisys import store\n", False),
        ("from genisys.openai.client import AsyncOpenAI\n", False),
        ("def late():\n    from genisys.redis_io.keys import run_key\n    return run_key\n", False),
        ("from genisys.store.runs import Store  # noqa: F401\n", False),
        ("from genisys.store.runs import Store  #\n", False),
        ("from genisys.store.runs import Store  # its contract is what is tested\n", True),
        ("# Its contract is what is tested.\nfrom genisys.store.runs import (\n    Store,\n)\n", True),
    ],
)
def test_an_import_behind_a_face_is_found(planted: str, says_why: bool) -> None:
    assert list(imports_behind(planted).values()) == [says_why]


@pytest.mark.parametrize(
    "planted",
    [
        "from genisys import Retry, component, text\n",
        "from genisys.host import Engine\n",
        "from genisys.testing.redis import write\n",
        "import genisys.client\n",
        "from genisys_site import ports\n",
        "from . import conftest\n",
    ],
)
def test_an_import_of_a_face_is_none(planted: str) -> None:
    assert imports_behind(planted) == {}
