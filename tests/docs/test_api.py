"""The commands of the guide to the API, in order and in one shell, against the workflow that the guide defines."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
COMMANDS = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
(WORKFLOW,) = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
MARK = "-- next --"
READER = (
    "from django.contrib.auth import get_user_model\n"
    "from runs.models import ApiToken\n"
    "from runs.accounts.tokens import issue\n"
    "reader = get_user_model().objects.create_user('reader', 'reader@example.org', 'a long enough password')\n"
    "print(issue(reader, name='guide', scopes=list(ApiToken.SCOPES))[1])"
)


@pytest.fixture
def product(own_parts: Any, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A running product with an app more, which holds the guide's workflow: its address, and a token."""
    (tmp_path / "trips").mkdir()
    (tmp_path / "trips" / "__init__.py").touch()
    (tmp_path / "trips" / "workflows.py").write_text(WORKFLOW)
    own_parts.env |= {"GENISYS_APPS": "trips", "PYTHONPATH": str(tmp_path)}
    own_parts.start()
    made = own_parts.manage("shell", "--verbosity", "0", "-c", READER)
    token = re.findall(r"gen_\S+", made)[-1]
    yield own_parts.url, token
    own_parts.stop()


@pytest.mark.timeout(300)
def test_the_commands_do_what_the_guide_says(product: tuple[str, str], tmp_path: Path) -> None:
    address, token = product
    folder = tmp_path / "shell"
    folder.mkdir()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"echo '{MARK}'\n".join(COMMANDS)],
        env={**os.environ, "GENISYS": address, "TOKEN": token, "no_proxy": "*"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = [part.strip() for part in done.stdout.split(MARK)]
    workflow, _, _, answered, resumed, output, waited, patient, forked = said
    assert json.loads(workflow)["description"] == "Plans a trip, and asks for the day."
    assert json.loads(workflow)["example"] == {"to": "Lisbon"}
    assert answered.splitlines()[0] == "On which day do you leave?"
    assert resumed == "event: end"
    assert output == "Friday: leave for Lisbon"
    assert waited == "Monday: leave for Oslo"
    assert patient in ("queued", "running", "waiting")
    assert forked.splitlines() == ["Monday: leave for Porto", "fork"]
    before, after = (numbers_of((folder / name).read_text()) for name in ("before.txt", "after.txt"))
    assert before
    assert before + after == list(range(1, after[-1] + 1))


def numbers_of(stream: str) -> list[int]:
    """Return the numbers of the events of a stream, in their order."""
    frames = [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: ")]
    return [event["seq"] for frame in frames if frame["t"] == "batch" for event in frame["events"]]
