"""Every example of the guides runs: a guide's Python blocks are one module, and its `test_…` functions are tests."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = ("browser", "components", "deployments", "following", "policies", "providers", "testing", "workflows")
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TEST = re.compile(r"^async def (test_\w+)", re.MULTILINE)


def blocks(guide: str) -> str:
    return "\n\n".join(
        re.findall(r"^```python\n(.*?)^```", (DOCS / f"{guide}.md").read_text(), re.MULTILINE | re.DOTALL)
    )


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModuleType]:
    """The guides as modules, made when they are first asked for."""
    return {"": ModuleType(str(tmp_path_factory.mktemp("guides")))}


def module_of(guide: str, modules: dict[str, ModuleType]) -> ModuleType:
    if guide not in modules:
        path = Path(modules[""].__name__) / f"guide_{guide}.py"
        path.write_text(blocks(guide))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        modules[guide] = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(modules[guide])
    return modules[guide]


@pytest.mark.parametrize(
    ("guide", "example"), [(guide, example) for guide in GUIDES for example in _TEST.findall(blocks(guide))]
)
async def test_an_example_does_what_the_guide_says(
    guide: str, example: str, modules: dict[str, ModuleType], request: pytest.FixtureRequest
) -> None:
    function = getattr(module_of(guide, modules), example)
    fixtures: dict[str, Any] = {name: request.getfixturevalue(name) for name in inspect.signature(function).parameters}
    await function(**fixtures)


def test_every_guide_has_examples() -> None:
    assert all(_TEST.findall(blocks(guide)) for guide in GUIDES)
