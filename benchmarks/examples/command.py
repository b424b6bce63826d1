"""`python -m benchmarks.examples NAME --pages FOLDER`: make one post of docs/examples anew, and print its trace.

FOLDER is where the package that the script names was unpacked (`dpkg -x PACKAGE.deb FOLDER`).
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from ..writing.command import set_up
from .posts import names, script

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def main() -> None:
    """Write the post, and print what came of each step."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.examples", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("name", choices=names())
    parser.add_argument("--pages", type=Path, required=True, help="where the script's package was unpacked")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder))
        post, trace = asyncio.run(_make(given.name, given.pages))
    (EXAMPLES / f"{given.name}.md").write_text(post.rstrip() + "\n", "utf-8")
    print(*trace, sep="\n")


async def _make(name: str, pages: Path) -> tuple[str, list[str]]:
    from .making import make  # Django must know its database first

    made: tuple[str, list[str]] = await make(script(name), pages)
    return made
