"""The cause of a step's failure, as the journal holds it: its types and its message."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..data import strict_json
from ..errors import MESSAGE_CHARS, text_of

_SCALARS = (str, int, float, bool, type(None))


def described(error: BaseException, hide: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the error as JSON data for `cause_of`. Never raises; `hide` takes the secrets out of it."""
    types = [
        f"{each.__module__}:{each.__qualname__}" for each in type(error).__mro__ if issubclass(each, BaseException)
    ]
    said = text_of(error)
    args = error.args if all(isinstance(each, _SCALARS) for each in error.args) else (said,)
    given: dict[str, Any] = hide(strict_json.mended({"said": said, "args": list(args)}))
    if len(str(given)) > 2 * MESSAGE_CHARS:
        given = {"said": given["said"][:MESSAGE_CHARS], "args": [given["said"][:MESSAGE_CHARS]]}
    return {"types": types, **given}


def cause_of(record: dict[str, Any]) -> BaseException | None:
    """Return the error that a step's record says was the cause; None for a record from before causes were recorded.

    It has the first of its recorded types that this process knows, and is made without running anybody's code.
    """
    kept = record.get("cause")
    if kept is None:
        return None
    name = kept["types"][0].rpartition(":")[2].rpartition(".")[2]
    for each in kept["types"]:
        made = _made(each, kept["args"])
        if made is None:
            continue
        if type(made).__name__ != name or str(made) != kept["said"]:
            return _stand_in(name, type(made), kept["said"])
        return made
    return None


def _stand_in(name: str, base: type[BaseException], said: str) -> BaseException:
    """Return an error of a made-up type with that name: its own is not known here, or cannot be made."""
    known: Any = type(name, (base,), {"__str__": lambda self: said, "__module__": "genisys.replayed"})
    made: BaseException = known.__new__(known, said)
    return made


def _made(type_: str, args: list[Any]) -> BaseException | None:
    module, _, path = type_.partition(":")
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if not (isinstance(found, type) and issubclass(found, BaseException)):
        return None
    try:
        made = found.__new__(found, *args)  # not `found(*args)`: its __init__ may do anything
        made.args = tuple(args)
        str(made)
    except BaseException:  # A `__str__` may raise anything; it is no signal.
        return None
    return made
