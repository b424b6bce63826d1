"""Environments for tests that use the library from outside: they hold what is declared, linked and not fetched."""

from __future__ import annotations

import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def make(home: Path) -> Path:
    """Make an empty virtual environment; return its folder of packages."""
    venv.create(home, symlinks=True, with_pip=False)
    (site,) = home.glob("lib/python3*/site-packages")
    return site


def closure(requirements: list[str]) -> list[Distribution]:
    """Return the installed distributions that these requirements name, and those that they need in turn."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    left = [(Requirement(each), "") for each in requirements]
    while left:
        requirement, extra = left.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is declared, or needed by what is declared, but not installed here")
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                left += [(Requirement(each), wanted) for each in found[name].requires or []]
    return list(found.values())


def link(found: Distribution, site: Path) -> None:
    """Make the distribution's packages importable from that folder."""
    for name in {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
        source = Path(str(found.locate_file(name)))
        if source.exists() and not (site / name).exists():
            (site / name).symlink_to(source)
