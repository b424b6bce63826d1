"""How well posts are written, checked and paid for: python -m benchmarks.writing [--json] [--quick]

Twelve briefs over frozen pages of four invented sites (`data`). A scripted model writes them in its own prose
with planted faults, and blesses every claim as the judge: the shares are what the product's own code keeps and catches.
Then the worker is killed at step boundaries and in mid-stream, and digests are made without a model. The last line is
`complete natural_kept citation_exists citation_precision citation_recall planted_caught repetition cost_equal
digest_seconds`. Where OPENAI_API_KEY is set, that provider writes the briefs too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

WANTED = (
    "complete", "natural_kept", "citation_exists", "citation_precision", "citation_recall", "planted_caught",
    "repetition", "cost_equal", "digest_seconds",
)  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writing", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    parser.add_argument("--quick", action="store_true", help="three briefs and two kills: that it works, not how well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        key = set_up(Path(folder))
        result = asyncio.run(_measure(key)(quick=given.quick))
    if given.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:28}{value}")
    print(" ".join(f"{name}={result[name]}" for name in WANTED))


def set_up(folder: Path) -> str:
    """Set Django up with a database of its own and no provider; return the key that the environment had for one."""
    key = os.environ.pop("OPENAI_API_KEY", "")
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'writing.sqlite3'}"
    os.environ["GENISYS_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
    import django  # The settings are read when Django is, so the database must be named before.
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return key


def _measure(key: str) -> Callable[..., Any]:
    from . import figures  # needs Django to be set up

    return figures.with_key(key)
