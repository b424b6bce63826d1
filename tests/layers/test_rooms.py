"""Rooms can be read from their listing, and files in one sitting."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("agents", "benchmarks", "genisys", "genisys_site", "ingestion", "language", "runs", "staff")
MOST_FILES = 12
MOST_LINES = 399


def _files(package: str) -> list[Path]:
    """Return a package's modules; a migration for each change of a table is no crowd."""
    return [path for path in sorted((ROOT / package).rglob("*.py")) if path.parent.name != "migrations"]


def _crowded(files: list[Path]) -> dict[str, int]:
    rooms = Counter(str(path.parent) for path in files)
    return {room: count for room, count in rooms.items() if count > MOST_FILES}


def test_no_room_is_crowded() -> None:
    assert _crowded([path for package in PACKAGES for path in _files(package)]) == {}
    assert _crowded([Path(f"room/{number}.py") for number in range(13)]) == {"room": 13}


def _long(texts: dict[str, str]) -> dict[str, int]:
    lines = {path: len(text.splitlines()) for path, text in texts.items()}
    return {path: count for path, count in lines.items() if count > MOST_LINES}


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    paths = [path for package in PACKAGES for path in _files(package)]
    assert _long({str(path.relative_to(ROOT)): path.read_text() for path in paths}) == {}
    assert _long({"long.py": "pass\n" * 400, "short.py": "pass\n" * 399}) == {"long.py": 400}
