"""The documentation tells the truth where it lists things."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from genisys_site.configuration.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def test_every_setting_is_listed_and_every_listed_setting_exists() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
    assert listed == set(Environment.model_fields)


def test_every_command_named_exists() -> None:
    text = OPERATIONS + (ROOT / "README.md").read_text()
    named = set(re.findall(r"manage\.py ([a-z_]+)", text)) | {"serve", "worker", "control"}
    known = set(get_commands()) | {"check", "migrate"}
    assert named <= known, named - known


def test_python_in_the_readme_names_what_the_library_has() -> None:
    import genisys
    import genisys.openai
    import genisys.testing

    for page in ("README.md",):
        text = (ROOT / page).read_text()
        for module, names in re.findall(r"^from (genisys(?:\.testing|\.openai)?) import ([\w, ]+)", text, re.MULTILINE):
            face = {"genisys": genisys, "genisys.openai": genisys.openai, "genisys.testing": genisys.testing}[module]
            for name in names.split(","):
                assert name.strip() in face.__all__, (page, name)


def _rooms(package: str) -> set[str]:
    """Return the folders with modules in them, and none that only Django's conventions ask for."""
    found = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    return found - {"management", "migrations", "templatetags"}


def _named(heading: str, text: str) -> set[str]:
    """Return the rooms that the table under a heading of the architecture names."""
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return {name.rpartition(".")[2] for row in rows for name in re.findall(r"`([a-z_.]+)`", row)}


@pytest.mark.parametrize(
    ("package", "heading", "modules"),
    [
        ("genisys", "The rooms of the library", {"genisys", "client", "host", "errors"}),
        ("runs", "The rooms of the record", {"access"}),
        ("ingestion", "The rooms of ingestion", {"ingestion", "workflow", "reading", "runs"}),
    ],
)
def test_the_architecture_names_the_rooms_that_there_are(package: str, heading: str, modules: set[str]) -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    assert _named(heading, text) - modules == _rooms(package)
    assert _named(heading, text.replace("`api`", "`attic`").replace("`store`", "`attic`")) - modules != _rooms(package)


def test_each_room_says_what_it_is_for() -> None:
    for package in ("genisys", "runs", "genisys_site", "agents", "ingestion", "staff"):
        for path in (ROOT / package).glob("*/__init__.py"):
            if path.parent.name in _rooms(package):
                assert ast.get_docstring(ast.parse(path.read_text())), f"{path.parent} has no docstring"


def test_the_index_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "docs/README.md").read_text()))
    assert linked == {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}


def test_every_file_that_a_page_links_to_exists() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "README.md"]
    for page in pages:
        links = re.findall(r"\]\(((?!http|#)[^)#]+)", page.read_text())
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


def test_every_type_of_event_in_the_architecture_is_one_that_is_written() -> None:
    section = (ROOT / "docs/architecture.md").read_text().split("## Events\n", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`((?:run|step|text|object|input)\.\w+|status|progress|event)`", section))
    code = "".join(path.read_text() for path in (ROOT / "genisys").rglob("*.py") if "testing" not in path.parts)
    written = set(re.findall(r"\"((?:run|step|text|object|input)\.[a-z_]+|status|progress|event)\"", code))
    assert named <= written, named - written
