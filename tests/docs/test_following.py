"""The commands of the guide to following do what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "following.md"
COMMANDS = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def run_id(product: str, token: str, site: str, wait_until: Callable[..., Any]) -> str:
    """A run that has ended."""
    credential = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{product}/api", headers=credential, trust_env=False, timeout=60) as client:
        run = client.post("/workflows/ingest-site/start", json={"url": site}).raise_for_status().json()["id"]
        wait_until(lambda: client.get(f"/runs/{run}").json()["status"] == "completed", "the run does not complete")
    return str(run)


def test_the_commands_give_what_the_guide_says(product: str, token: str, run_id: str) -> None:
    names = {"GENISYS": product, "TOKEN": token, "RUN": run_id}
    answers = [
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env={**os.environ, **names, "no_proxy": "*"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for command in COMMANDS
    ]
    assert len(answers) == 3
    lines = [json.loads(line) for line in answers[0].splitlines()]
    assert (lines[0]["first"], lines[-1]["t"]) == (1, "end")
    sent = [json.loads(line.removeprefix("data: ")) for line in answers[1].splitlines() if line.startswith("data: ")]
    assert (sent[0]["first"], sent[-1]["t"]) == (4, "end")
    assert re.search(r"^id: \w+:\d+$", answers[1], re.MULTILINE)
    page = json.loads(answers[2])
    assert page["events"][0]["seq"] == 1 and len(page["events"]) <= 100
