"""The Lua scripts."""

from __future__ import annotations

from importlib.resources import files


def script(name: str) -> str:
    """Return the text of one of the Lua scripts beside this package, behind the clock that all of them share."""
    folder = files(__package__).joinpath("lua")
    return "\n".join(folder.joinpath(f"{part}.lua").read_text() for part in ("clock", name))
