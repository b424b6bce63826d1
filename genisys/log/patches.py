"""Patches: what turns one JSON value into another, for objects that grow while people watch. Pure.

A patch is a list of RFC 6902 operations (`add`, `remove`, `replace`) and one of our own, `append`, which adds text to
the end of a string. Paths are JSON Pointers (RFC 6901); "" is the whole value, so a root may be a list.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

Patch = list[dict[str, Any]]


def whole(value: Any) -> Patch:
    return [{"op": "replace", "path": "", "value": value}]


def diff(before: Any, after: Any) -> Patch:
    """Return the operations that turn `before` into `after`; the whole value where that is shorter."""
    patch: Patch = []
    _compare(before, after, "", patch)
    # A single operation is never worth measuring: it is at most a path longer than the value.
    if len(patch) > 1 and len(to_json(patch)) > len(to_json(after)):
        return whole(after)
    return patch


def _compare(before: Any, after: Any, path: str, patch: Patch) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        _compare_dicts(before, after, path, patch)
    elif isinstance(before, list) and isinstance(after, list):
        _compare_lists(before, after, path, patch)
    elif isinstance(before, str) and isinstance(after, str) and before and after.startswith(before):
        if after == before:
            return
        patch.append({"op": "append", "path": path, "value": after[len(before) :]})
    elif type(before) is not type(after) or before != after:
        patch.append({"op": "replace", "path": path, "value": after})


def _compare_dicts(before: dict[str, Any], after: dict[str, Any], path: str, patch: Patch) -> None:
    for name in before.keys() - after.keys():
        patch.append({"op": "remove", "path": f"{path}/{_escape(name)}"})
    for name, value in after.items():
        place = f"{path}/{_escape(name)}"
        if name in before:
            _compare(before[name], value, place, patch)
        else:
            patch.append({"op": "add", "path": place, "value": value})


def _compare_lists(before: list[Any], after: list[Any], path: str, patch: Patch) -> None:
    for index, (old, new) in enumerate(zip(before, after, strict=False)):
        _compare(old, new, f"{path}/{index}", patch)
    # From the end, so that each index is still right when its turn comes.
    for index in range(len(before) - 1, len(after) - 1, -1):
        patch.append({"op": "remove", "path": f"{path}/{index}"})
    for value in after[len(before) :]:
        patch.append({"op": "add", "path": f"{path}/-", "value": value})


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def apply(value: Any, patch: Patch) -> Any:
    """Return the value with the patch applied; lists and dicts in it are changed in place."""
    for operation in patch:
        path = operation["path"]
        if path == "":
            value = value + operation["value"] if operation["op"] == "append" else operation["value"]
            continue
        *parents, last = (part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/"))
        place = value
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place[part]
        _change(place, last, operation)
    return value


def _change(place: Any, last: str, operation: dict[str, Any]) -> None:
    op = operation["op"]
    if isinstance(place, list):
        index = len(place) if last == "-" else int(last)
        if op == "add":
            place.insert(index, operation["value"])
        elif op == "remove":
            del place[index]
        else:
            place[index] = place[index] + operation["value"] if op == "append" else operation["value"]
    elif op == "remove":
        del place[last]
    else:
        place[last] = place[last] + operation["value"] if op == "append" else operation["value"]
