"""The documentation tells the truth where it lists things."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management import get_commands

from genisys.openai import configure
from genisys.testing import FakeProvider
from genisys_site.environment import Environment

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


def _example(page: str, containing: str) -> str:
    """The one Python example of a page that contains a text."""
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    [found] = [block for block in blocks if containing in block]
    return str(found)


async def test_the_example_of_several_providers_asks_them_in_order() -> None:
    example = _example("docs/library.md", "configure(")
    async with FakeProvider(lambda body: "first") as first, FakeProvider(lambda body: "spare") as spare:
        here = example.replace("https://models.example.org/v1", spare.base_url)
        here = here.replace('Provider("openai", ', f'Provider("openai", base_url="{first.base_url}", ')
        names: dict[str, Any] = {}
        try:
            exec(here, names)
            ask = names["client"].chat.completions.create
            said = []
            for _ in range(2):
                reply = await ask(model="fast", messages=[{"role": "user", "content": "Who are you?"}])
                said.append(reply.choices[0].message.content)
                first.fault("drop", 9)
            await names["client"].close()
        finally:
            configure([])
    assert said == ["first", "spare"]
    assert [first.requests[0]["model"], spare.requests[0]["model"]] == ["gpt-4.1-mini", "llama-4-70b"]
