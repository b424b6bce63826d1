"""The fold: a pure function from a run's events to what a person may see of it.

The server folds for the first paint and the archive, tests fold to compare, and `static/js/fold.js` is the same
function in the browser: both give the same canonical JSON for the same events. So a state holds JSON only, with
integers for all numbers, and text offsets count UTF-16 units as JavaScript does.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from .patches import apply

State = dict[str, Any]
Event = dict[str, Any]

TERMINAL = frozenset({"completed", "failed", "cancelled"})
_SURROGATE = re.compile("[\ud800-\udfff]")
# A state is sent whole to viewers: what would grow without end keeps only its last entries.
STATUS_LINES = 50
UNKEYED_EVENTS = 100


def new_state() -> State:
    """Return the state of a run of which nothing is known yet."""
    return {
        "seq": 0,
        "run_status": "none",
        "workflow": "",
        "title": "",
        "attempt": 0,
        "worker": "",
        "error": None,
        "waiting": None,
        "output": None,
        "queued_at": 0,
        "started_at": 0,
        "ended_at": 0,
        "steps": {},
        "step_order": [],
        "status_text": "",
        "status_lines": [],
        "progress": None,
        "notices": [],
        "blocks": {},
        "block_order": [],
        "items": {},
        "item_order": {},
        "events": [],
        "inputs": {},
        "objects": {},
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_microusd": 0,
        "unpriced": False,
        "models": [],
    }


def fold(events: Iterable[Event], state: State | None = None) -> State:
    """Apply the events in order to `state` (changed in place; a new one when None) and return it.

    Events at or below the state's `seq` are skipped, so applying twice does nothing. An event with `covers` stands for
    that many, up to and including itself (see `compaction`).
    Raises ValueError on a hole in the sequence: a reader must fetch what is missing first.
    """
    state = new_state() if state is None else state
    for event in events:
        seq = event["seq"]
        if seq <= state["seq"]:
            continue
        if seq - event.get("covers", 1) > state["seq"]:
            raise ValueError(f"event {seq} came after {state['seq']}: events between them are missing")
        handler = _HANDLERS.get(event["type"])
        if handler is not None:
            handler(state, event)
        state["seq"] = seq
    return state


def canonical(state: State) -> str:
    """Return the one JSON text of a state: keys sorted, no spaces, non-ASCII as it is, half a surrogate pair escaped.

    Text that was cut inside a pair ends in a half; the escape is that of ECMA-262's JSON.stringify.
    """
    text = json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if _SURROGATE.search(text) is None:
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", whole)


def utf16_length(text: str) -> int:
    """Return the number of the text's UTF-16 units, its length in JavaScript."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _notice(state: State, event: Event, kind: str, **args: Any) -> None:
    state["notices"].append({"at": event["at"], "kind": kind, "args": args})


def _queued(state: State, event: Event) -> None:
    state["run_status"] = "queued"
    state["workflow"] = event["workflow"]
    state["title"] = event["title"]
    state["queued_at"] = event["at"]


def _started(state: State, event: Event) -> None:
    if state["run_status"] == "recovering":
        _notice(state, event, "recovered", worker=event["worker"])
    state["run_status"] = "running"
    state["attempt"] = event["attempt"]
    state["worker"] = event["worker"]
    state["waiting"] = None
    if state["started_at"] == 0:
        state["started_at"] = event["at"]


def _waiting(state: State, event: Event) -> None:
    state["run_status"] = "waiting"
    state["waiting"] = {"reason": event["reason"], "until": event.get("until", 0), "prompt": event.get("prompt", "")}
    for step in state["steps"].values():
        if step["status"] == "running":
            step["status"] = "waiting"


def _resumed(state: State, event: Event) -> None:
    if state["run_status"] != "running":  # Its worker had not come to the step boundary at which it was to rest.
        state["run_status"] = "queued"
    state["waiting"] = None
    state["error"] = None
    state["ended_at"] = 0
    _notice(state, event, "resumed", reason=event["reason"])


def _recovering(state: State, event: Event) -> None:
    state["run_status"] = "recovering"
    _interrupt_steps(state)
    held = {"held": event["held"]} if "held" in event else {}
    _notice(state, event, "recovering", reason=event["reason"], worker=event["worker"], **held)


def _handed_over(state: State, event: Event) -> None:
    state["run_status"] = "recovering"
    _interrupt_steps(state)
    _notice(state, event, "handed_over", worker=state["worker"])


def _redis_changed(state: State, event: Event) -> None:
    _notice(state, event, "redis_changed", **({"whole": True} if event.get("whole") else {}))


def _interrupt_steps(state: State) -> None:
    for step in state["steps"].values():
        if step["status"] in ("running", "retrying", "waiting"):
            step["status"] = "interrupted"


def _cancelling(state: State, event: Event) -> None:
    state["run_status"] = "cancelling"
    _notice(state, event, "cancelling", by=event.get("by", ""))


def _ended(state: State, event: Event) -> None:
    state["run_status"] = event["type"].removeprefix("run.")
    state["ended_at"] = event["at"]
    state["waiting"] = None
    state["error"] = event.get("error")
    if state["run_status"] == "failed":
        _notice(state, event, "failed", message=(event.get("error") or {}).get("message", ""))
    if "output" in event:
        state["output"] = event["output"]
    for step in state["steps"].values():
        if step["status"] not in ("completed", "failed"):
            step["status"] = "stopped"


def _new_step(event: Event) -> dict[str, Any]:
    return {
        "key": event["step"],
        "name": event["name"],
        "title": event["title"],
        "parent": event["parent"],
        "status": "running",
        "tries": 1,
        "retry_at": 0,
        "started_at": event["at"],
        "ended_at": 0,
        "error": None,
        "model": "",
        "provider": "",
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_microusd": 0,
        "unpriced": False,
        "progress": None,
        "status_text": "",
        "attempt": event["attempt"],
    }


def _step_started(state: State, event: Event) -> None:
    key = event["step"]
    step = state["steps"].get(key)
    if step is None:
        state["step_order"].append(key)
        state["steps"][key] = _new_step(event)
        return
    step["status"] = "running"
    step["tries"] = 1
    step["retry_at"] = 0
    step["error"] = None
    step["ended_at"] = 0
    step["attempt"] = event["attempt"]


def _step_retrying(state: State, event: Event) -> None:
    step = state["steps"].get(event["step"])
    if step is not None:
        step["status"] = "retrying"
        step["tries"] = event["try"]
        step["retry_at"] = event["at"] + event["delay_ms"]
        step["error"] = event["error"]


def _step_ended(state: State, event: Event) -> None:
    step = state["steps"].get(event["step"])
    if step is None:
        return
    step["ended_at"] = event["at"]
    if event["type"] == "step.failed":
        step["status"] = "failed"
        step["error"] = event["error"]
    else:
        step["status"] = "completed"
        step["error"] = None
    model = event.get("model", "")
    if model:
        step["model"] = model
        if model not in state["models"]:
            state["models"].append(model)
    step["provider"] = event.get("provider", "") or step["provider"]
    for field in ("input_tokens", "output_tokens", "cost_microusd"):
        amount = event.get(field, 0)
        step[field] += amount
        state[field] += amount
    if event.get("unpriced"):
        # The cost counted so far is then only a part of it.
        step["unpriced"] = state["unpriced"] = True


def _status(state: State, event: Event) -> None:
    step = state["steps"].get(event.get("step") or "")
    if step is not None:
        step["status_text"] = event["text"]
    state["status_text"] = event["text"]
    state["status_lines"].append({"at": event["at"], "text": event["text"]})
    del state["status_lines"][:-STATUS_LINES]


def _input_requested(state: State, event: Event) -> None:
    asked = {name: event[name] for name in ("step", "name", "prompt", "schema", "until")}
    state["inputs"][event["step"]] = {**asked, "wrong": event.get("wrong", ""), "open": True}


def _input_received(state: State, event: Event) -> None:
    asked = state["inputs"].get(event["step"])
    if asked is not None:
        asked["open"] = False


def _progress(state: State, event: Event) -> None:
    mark = {"done": event["done"], "total": event["total"], "unit": event["unit"]}
    step = state["steps"].get(event.get("step") or "")
    if step is not None:
        step["progress"] = mark
    else:
        state["progress"] = mark


def _event(state: State, event: Event) -> None:
    name, key = event["name"], event.get("key", "")
    if not key:
        state["events"].append({"at": event["at"], "name": name, "data": event["data"]})
        del state["events"][:-UNKEYED_EVENTS]
        return
    items = state["items"].setdefault(name, {})
    if key not in items:
        state["item_order"].setdefault(name, []).append(key)
    items[key] = event["data"]


def _object(state: State, event: Event) -> None:
    objects = state["objects"]
    # Later patches change the object in place, and the event may be shared: so the state takes a copy.
    objects[event["name"]] = apply(objects.get(event["name"]), copy.deepcopy(event["patch"]))


def _block(state: State, event: Event) -> dict[str, Any]:
    name = event["block"]
    block: dict[str, Any] | None = state["blocks"].get(name)
    if block is None:
        state["block_order"].append(name)
        block = state["blocks"][name] = {
            "txt": "",
            "title": event.get("title", ""),
            "state": "open",
            "step": event.get("step"),
            "rev": 0,
        }
    return block


def _text_reset(state: State, event: Event) -> None:
    block = _block(state, event)
    block["txt"] = ""
    block["state"] = "open"
    block["title"] = event.get("title", "") or block["title"]
    block["step"] = event.get("step")
    block["rev"] += 1


def _text_delta(state: State, event: Event) -> None:
    block = _block(state, event)
    length, offset, text = utf16_length(block["txt"]), event["off"], event["txt"]
    if offset > length:
        raise ValueError(f"text of block {event['block']!r} has a hole at {length}: the next piece starts at {offset}")
    # A body that runs again after a crash may write text that is there already: only what is new counts.
    if offset == length:
        block["txt"] += text
    elif offset + utf16_length(text) > length:
        block["txt"] += _utf16_slice(text, length - offset)


def _utf16_slice(text: str, start: int) -> str:
    if text.isascii():
        return text[start:]
    return text.encode("utf-16-le", "surrogatepass")[2 * start :].decode("utf-16-le", "surrogatepass")


def _head(text: str, event: Event) -> str:
    """Return what stays of a block when it becomes final: nothing, or the `off` units that the deltas carried."""
    offset = event.get("off", 0)
    if offset == 0:
        return ""
    length = utf16_length(text)
    if offset > length:
        raise ValueError(f"text of block {event['block']!r} has a hole at {length}: its end starts at {offset}")
    return (
        text
        if offset == length
        else text.encode("utf-16-le", "surrogatepass")[: 2 * offset].decode("utf-16-le", "surrogatepass")
    )


def _text_final(state: State, event: Event) -> None:
    block = _block(state, event)
    block["txt"] = _head(block["txt"], event) + event["txt"]
    block["state"] = "final"
    block["title"] = event.get("title", "") or block["title"]
    block["rev"] += 1


_HANDLERS: dict[str, Callable[[State, Event], None]] = {
    "run.queued": _queued,
    "run.started": _started,
    "run.waiting": _waiting,
    "run.resumed": _resumed,
    "run.recovering": _recovering,
    "run.redis_changed": _redis_changed,
    "run.handed_over": _handed_over,
    "run.cancelling": _cancelling,
    "run.completed": _ended,
    "run.failed": _ended,
    "run.cancelled": _ended,
    "step.started": _step_started,
    "step.retrying": _step_retrying,
    "step.completed": _step_ended,
    "step.failed": _step_ended,
    "object.patch": _object,
    "input.requested": _input_requested,
    "input.received": _input_received,
    "status": _status,
    "progress": _progress,
    "event": _event,
    "text.reset": _text_reset,
    "text.delta": _text_delta,
    "text.final": _text_final,
}
