"""The Lua scripts."""

from __future__ import annotations

from importlib.resources import files


def script(name: str) -> str:
    """Return the text of one of the Lua scripts, with the clock that all of them share before it."""
    folder = files(__package__).joinpath("lua")
    return "\n".join(folder.joinpath(f"{part}.lua").read_text() for part in ("clock", name))
