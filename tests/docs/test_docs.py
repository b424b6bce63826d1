"""The documentation tells the truth where it lists things."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.management import get_commands

from genisys_site.configuration.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def test_every_setting_is_listed_and_every_listed_setting_exists() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
    assert listed == set(Environment.model_fields)


def test_every_command_named_exists() -> None:
    text = OPERATIONS + (ROOT / "README.md").read_text()
    named = set(re.findall(r"manage\.py ([a-z]+)", text)) | {"serve", "worker", "control"}
    known = set(get_commands()) | {"check", "migrate"}
    assert named <= known, named - known


def test_every_file_that_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\(((?!http)[^)]+)\)", (ROOT / "README.md").read_text())
    missing = [link for link in links if not (ROOT / link).exists()]
    assert not missing


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
