"""All public methods of the SDK, found by walking it, and what each is to a run, found by calling it."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
from openai._models import FinalRequestOptions

from genisys import GenisysError
from genisys.openai import AsyncOpenAI

# Each call of the SDK is classified without being made: hundreds of them, and some cost money.
from genisys.openai.sdk_calls import is_paid, refusal

ARGUMENTS: dict[str, Any] = {
    "file": b"x",
    "files": [b"x"],
    "file_ids": ["x"],
    "headers": {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "x"},
    "image": b"x",
    "mime_type": "text/plain",
    "bytes": 1,
    "response_format": dict,
    "text_format": dict,
    "stream": False,
    "data": b"x",
    "max_retries": 0,
    "cast_to": object,
    "path": "/x",
    "model": "m",
    "poll_interval_ms": 1,
    "video": b"x",
    "recording": b"x",
    "response_id": "x",
    "filename": "x",
}
OF_ONE: dict[str, dict[str, Any]] = {
    "admin.organization.external_keys.create": {"type": "aws", "external_id": "x", "kms_arn": "x", "role_arn": "x"},
    "audio.voices.create": {"audio_sample": b"x", "consent": "x", "name": "x"},
    "beta.agents.automations.create": {"expression": "x", "target": {}, "timezone": "x", "type": "cron"},
    "beta.agents.environments.files.create": {"type": "file", "file_id": "x"},
    "beta.agents.environments.files.prepare_directory": {
        "root": str(Path(__file__).parent),
        "destination": "/workspace",
        "include": [Path(__file__).name],
    },
    "beta.agents.environments.files.upload": {"path": "/workspace/x"},
    "beta.agents.environments.files.prepare": {"files": {"/workspace/x": __file__}},
    "responses.stream": {"model": "m", "input": "x"},
    "uploads.upload_file_chunked": {"bytes": 1, "filename": "x"},
}
OURS = ("of", "request", "get_api_list")  # and what all methods stand on
ASKED: list[tuple[str, str]] = []
CHAT = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
OF_ONE |= {
    "chat.completions.create": CHAT,
    "chat.completions.parse": CHAT,
    "chat.completions.stream": CHAT,
    "responses.create": {"model": "m", "input": "x"},
    "embeddings.create": {"model": "m", "input": "x"},
}
LOCAL = {
    "close": "closes the client",
    "copy": "makes a client",
    "with_options": "makes a client",
    "is_closed": "tells of the client",
    "platform_headers": "tells of the client",
    "beta.agents.sessions.artifacts.for_result": "makes an object, whose own methods are steps",
    "webhooks.unwrap": "checks what came",
    "webhooks.verify_signature": "checks what came",
}


class _Probe(AsyncOpenAI):
    """A client that sends nothing, and is always inside a run."""

    async def request(self, cast_to: Any, options: FinalRequestOptions, **_: Any) -> Any:
        ASKED.append((options.method, options.url))
        raise GenisysError("asked", permanent=True)

    def _refuse_sockets(self) -> None:
        raise GenisysError("socket")


def methods() -> Iterator[tuple[str, Any]]:
    """Return all public methods that a client of the SDK leads to, by their dotted names."""
    yield from _under(
        _Probe(api_key="k", base_url="http://127.0.0.1:9/v1", admin_api_key="a", webhook_secret="whsec_eA=="), ""
    )


def _under(thing: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name in dir(type(thing)):
        if name.startswith("_") or name in ("with_raw_response", "with_streaming_response"):
            continue
        static = inspect.getattr_static(type(thing), name)
        if type(static).__name__ in ("property", "cached_property"):
            inner = getattr(thing, name)
            if type(inner).__module__.startswith(("openai.resources", "genisys.openai")):
                yield from _under(inner, f"{path}{name}.")
        elif callable(getattr(thing, name)) and not (type(thing) is _Probe and name in OURS):
            yield f"{path}{name}", getattr(thing, name)


async def verdict(name: str, method: Any) -> str:
    """Return what a method is to a run: `paid` or `free` (both recorded), `refused`, or `local` (sends nothing)."""
    if name in LOCAL:
        return "local"
    asked = await _asked(method, OF_ONE.get(name, {}))
    if asked is None:
        return "refused"
    if refusal(*asked):
        return "refused"
    return "paid" if is_paid(*asked) else "free"


async def _asked(method: Any, more: dict[str, Any]) -> tuple[str, str] | None:
    """Return the request that the method makes; None where it would open a connection of its own."""
    needed = [
        each
        for each in inspect.signature(method).parameters.values()
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    arguments = {
        each.name: ARGUMENTS.get(each.name, "x") for each in needed if each.kind != each.POSITIONAL_ONLY
    } | more
    ASKED.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            made = method(**arguments)
            await (made.__aenter__() if hasattr(made, "__aenter__") else made)
        except GenisysError:
            pass  # asked for, or about to open a connection of its own
        except Exception:
            if not ASKED:  # else it tells of the request in its own way
                raise
        else:
            raise AssertionError("it has asked for nothing")
    return ASKED[0] if ASKED else None


DOCS = Path(__file__).parents[2] / "docs" / "sdk.md"
VERDICTS = {
    "paid": "recorded, paid",
    "free": "recorded",
    "refused": "refused inside a run",
    "local": "sends nothing",
}


async def test_every_method_of_the_sdk_has_its_row_which_says_what_it_is_to_a_run() -> None:
    rows = {f"| `{name}` | {VERDICTS[await verdict(name, method)]} |" for name, method in methods()}
    table = {line for line in DOCS.read_text().splitlines() if line.startswith("| `")}
    assert len(rows) > 400
    assert sorted(rows - table) == []
    assert sorted(table - rows) == []


def test_the_private_parts_of_the_sdk_that_are_used_are_there() -> None:
    from openai import AsyncOpenAI as SDKClient
    from openai import AsyncStream
    from openai._base_client import AsyncHttpxClientWrapper
    from openai._constants import RAW_RESPONSE_HEADER
    from openai._models import construct_type
    from openai._streaming import ServerSentEvent, SSEDecoder
    from openai.lib._parsing import parse_chat_completion

    client = ("request", "_prepare_options", "_refresh_api_key", "_process_response", "_build_request")
    for name in (*client, "_maybe_override_cast_to"):
        assert callable(getattr(SDKClient, name)), name
    assert {"cast_to", "options", "stream", "stream_cls"} <= inspect.signature(SDKClient.request).parameters.keys()
    assert {"cast_to", "options", "response", "stream", "stream_cls"} <= (
        inspect.signature(SDKClient._process_response).parameters.keys()
    )
    assert inspect.isasyncgenfunction(AsyncStream._iter_events)
    assert "_decoder" in AsyncStream.__annotations__
    assert inspect.isasyncgenfunction(SSEDecoder.aiter_bytes)
    assert inspect.signature(ServerSentEvent).parameters.keys() == {"event", "data", "id", "retry"}
    assert {"type_", "value"} <= inspect.signature(construct_type).parameters.keys()
    assert {"response_format", "chat_completion", "input_tools"} <= (
        inspect.signature(parse_chat_completion).parameters.keys()
    )
    held = {"method", "url", "params", "headers", "timeout", "files", "content", "json_data", "extra_json"}
    assert held <= FinalRequestOptions.model_fields.keys()
    assert RAW_RESPONSE_HEADER
    assert {"verify", "timeout"} <= inspect.signature(httpx2.AsyncClient).parameters.keys()
    assert issubclass(AsyncHttpxClientWrapper, httpx2.AsyncClient)
    inner = SDKClient(api_key="k")
    assert {"_client", "_custom_headers", "_custom_query"} <= vars(inner).keys()
