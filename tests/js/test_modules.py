"""Runs the tests that are written in JavaScript, beside the modules that need no page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("path", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.name.split(".")[0])
def test_the_modules_own_tests_pass(path: Path) -> None:
    node = shutil.which("node")
    assert node is not None, "No node on PATH: the page's modules cannot be tested."
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
