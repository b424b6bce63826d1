"""The Lua scripts."""

from __future__ import annotations

from importlib.resources import files


def script(name: str, *, in_cluster: bool = False) -> str:
    """Return the text of one of the Lua scripts, with the clock that all of them share before it.

    In a cluster a doorbell rings on the server that has its partition only (Redis 7's sharded channels), not on all.
    """
    folder = files(__package__)
    text = "\n".join(folder.joinpath(f"{part}.lua").read_text() for part in ("clock", name))
    return text.replace("'PUBLISH'", "'SPUBLISH'") if in_cluster else text
