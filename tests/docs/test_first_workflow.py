"""The guide to a first workflow, command by command, in an empty folder, from the text of the page itself.

Three things have stand-ins. `pip install` fetches from an index: here the environment is made of links to what is
installed already (tests/system/test_wheel.py installs the wheel). `make run` installs, too: here the same processes are
started with the environment that the guide gives them. And the address has the port of this product, not 8000.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import environments

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "first-workflow.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
INSTALLED = ["pytest", "pytest-asyncio"]


def _install(folder: Path, command: str) -> None:
    """Make the environment that the guide's `pip install` makes."""
    assert command == f'python3 -m venv .venv\n.venv/bin/pip install "$GENISYS" {" ".join(INSTALLED)}\n'
    site = environments.make(folder / ".venv")
    (site / "genisys").symlink_to(ROOT / "genisys")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for found in environments.closure([*declared, *INSTALLED]):
        environments.link(found, site)


def _checkout(folder: Path) -> Path:
    """Make what `$GENISYS` names: this checkout, with this interpreter as its environment."""
    folder.mkdir()
    (folder / "manage.py").symlink_to(ROOT / "manage.py")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def _run_platform(parts: Any, folder: Path, command: str) -> None:
    match = re.fullmatch(r'GENISYS_APPS=(\w+) PYTHONPATH="\$PWD" make -C "\$GENISYS" run\n', command)
    assert match is not None
    parts.env |= {"GENISYS_APPS": match[1], "PYTHONPATH": str(folder)}
    parts.start()
    parts.add_user("you@localhost", "correct horse battery")  # `make run` makes that account


@pytest.mark.timeout(300)
def test_each_command_does_what_the_guide_says(own_parts: Any, tmp_path: Path) -> None:
    folder, checkout = tmp_path / "empty", _checkout(tmp_path / "genisys")
    folder.mkdir()
    own = {"GENISYS": str(checkout), "no_proxy": "*", "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    said: list[str] = []

    def shell(command: str) -> None:
        """Run it as it stands, and keep what it exports for the next one."""
        command = command.replace("localhost:8000", own_parts.url.removeprefix("http://"))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f'{command}\necho\nprintf "%s" "${{TOKEN:-}}"'],
            env={**own_parts.env, **own},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        output, _, token = done.stdout.rpartition("\n")
        own.update({"TOKEN": token} if token else {})
        said.append(output.strip())

    for kind, text in BLOCKS:
        if kind == "python":
            place = re.match(r"# (\S+\.py)\n", text)
            assert place is not None, "each file says where it belongs"
            (folder / place[1]).write_text(text)
        elif "export GENISYS=" in text:
            continue
        elif "pip install" in text:
            _install(folder, text)
        elif "make -C" in text:
            _run_platform(own_parts, folder, text)
        else:
            shell(text)

    _, tested, _, waited, started = said
    assert "2 passed" in tested
    assert json.loads(waited)["output"] == {"letters": {"moon": 4, "sun": 3}}
    run = json.loads(started)
    assert run["workflow"] == "tally"
    page = httpx.get(f"{own_parts.url}/runs/{run['id']}/", trust_env=False)
    assert page.status_code == 302 and "login" in page.headers["Location"], "the run has a page, for its owner"
    own_parts.stop()
