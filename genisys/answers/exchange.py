"""A request of the SDK and its HTTP answer as data: what a step records of them, and how they are rebuilt from it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from typing import Any

import httpx2
from openai import NotGiven
from openai._models import FinalRequestOptions
from pydantic_core import to_json, to_jsonable_python

from ..core.blobs import INLINE_BYTES, INLINE_WITHOUT_STORE_BYTES, BlobNotKept, blobs, keep, kept
from ..data.strict_json import NotStrict, written

# Headers of an answer that are not recorded: how it was sent, and what grants access.
_NOT_KEPT = frozenset(
    {"set-cookie", "content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "alt-svc"}
)
_TEXT = ("text/", "application/json", "application/jsonl", "application/x-ndjson", "application/x-subrip")

NO_STORE = (
    "this answers with bytes, and there is no place to keep them: nothing was sent. Give the worker a folder "
    "(GENISYS_BLOBS, `--blobs DIR`, or keep_blobs_in(FolderBlobs(...)))."
)


async def held(options: FinalRequestOptions) -> FinalRequestOptions:
    """Return the request with one-time streams read into memory, so that it can be recorded and sent again."""
    options = options.model_copy()
    if options.content is not None:
        options.content = await _bytes_of(options.content)
    if options.files:
        named = options.files.items() if isinstance(options.files, Mapping) else options.files
        options.files = [(name, await _file(given)) for name, given in named]
    return options


async def _file(given: Any) -> Any:
    if not isinstance(given, tuple):
        name = getattr(given, "name", None)
        return (name.rpartition("/")[2] if isinstance(name, str) else None, await _bytes_of(given))
    return (given[0], await _bytes_of(given[1]), *given[2:])


async def _bytes_of(given: Any) -> bytes:
    if isinstance(given, str):
        return given.encode()
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    if hasattr(given, "read"):
        said = await asyncio.to_thread(given.read)
        return said.encode() if isinstance(said, str) else bytes(said)
    if isinstance(given, AsyncIterable):
        return b"".join([bytes(each) async for each in given])
    assert isinstance(given, Iterable)
    return b"".join(map(bytes, given))


def request_data(options: FinalRequestOptions, **where: Any) -> dict[str, Any]:
    """Return a held request as JSON data; files by name, size and digest. No header is part of it."""
    data: dict[str, Any] = {**where, "method": options.method.lower(), "path": options.url}
    if options.params:
        data["params"] = options.params
    body = body_of(options)
    if body is not None:
        data["body"] = body
    if options.files:
        data["files"] = [
            {"field": name, "name": given[0], **_by_digest(given[1])} for name, given in _named_files(options.files)
        ]
    if options.content is not None:
        data["content"] = _by_digest(options.content)
    plain: dict[str, Any] = to_jsonable_python(data, bytes_mode="base64", fallback=str)
    return plain


def body_of(options: FinalRequestOptions) -> Any:
    """Return the JSON body of the request, None where it has none."""
    body = None if isinstance(options.json_data, NotGiven) else options.json_data
    return {**(body if isinstance(body, dict) else {}), **options.extra_json} if options.extra_json else body


def with_body(options: FinalRequestOptions, body: Any) -> FinalRequestOptions:
    """Return the request with another JSON body."""
    options = options.model_copy()
    options.json_data, options.extra_json = body, None
    return options


def _named_files(files: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    yield from files


def _by_digest(content: Any) -> dict[str, Any]:
    return {"bytes": len(content), "digest": hashlib.blake2b(content, digest_size=16).hexdigest()}


# The answer


async def answer_data(response: httpx2.Response, body: bytes, run_id: str) -> dict[str, Any]:
    """Return the answer as JSON data: a text or JSON in it, bytes and long text by reference. Raises BlobNotKept."""
    kind = response.headers.get("content-type", "").lower()
    head = {"status": response.status_code, "headers": _headers_kept(response.headers)}
    limit = INLINE_WITHOUT_STORE_BYTES if blobs() is None else INLINE_BYTES
    if (inline := _as_text(body, kind, limit)) is not None:
        return {**head, **inline}
    try:
        return {**head, "blob": await keep(run_id, body), "bytes": len(body)}
    except BlobNotKept:
        inline = _as_text(body, kind, INLINE_WITHOUT_STORE_BYTES) or _as_base64(body, INLINE_WITHOUT_STORE_BYTES)
        if inline is None:
            raise
        return {**head, **inline}


def _as_text(body: bytes, kind: str, limit: int) -> dict[str, Any] | None:
    """Return the body in the form of the record; None where it is longer than the limit, or no text."""
    text = _plain_text(body) if len(body) <= limit and (not body or kind.startswith(_TEXT)) else None
    if text is None:
        return None
    data = _json(body) if "json" in kind and "jsonl" not in kind else None
    return {"text": text} if data is None else {"json": data}


def _as_base64(body: bytes, limit: int) -> dict[str, Any] | None:
    said = base64.b64encode(body).decode() if len(body) <= limit else ""
    return {"base64": said} if len(said) <= limit else None


def _headers_kept(headers: httpx2.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _NOT_KEPT and value.isascii()}


def _plain_text(body: bytes) -> str | None:
    """Return the body as text where strict JSON returns it unchanged, else None."""
    try:
        text = body.decode()
        written(text)
    except (UnicodeDecodeError, NotStrict):
        return None
    return text


def json_of(body: str | bytes) -> Any:
    """Return the JSON of a body, None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _json(body: bytes) -> Any:
    """Return the body as data where strict JSON returns it unchanged, else None: then it is stored as text."""
    data = json_of(body)
    try:
        written(data)
    except (NotStrict, RecursionError):
        return None
    return data


async def response_of(data: dict[str, Any], request: httpx2.Request) -> httpx2.Response:
    """Return the recorded answer as the HTTP answer that it was. Raises BlobMissing."""
    if "blob" in data:
        body = await kept(data["blob"])
    elif "base64" in data:
        body = base64.b64decode(data["base64"])
    else:
        body = data["text"].encode() if "text" in data else to_json(data["json"])
    return httpx2.Response(data["status"], headers=data["headers"], content=body, request=request)


def events_of(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a body of server-sent events."""
    lines = (line[5:].strip() for line in text.splitlines() if line.startswith("data:"))
    found = [_json(line.encode()) for line in lines if line.startswith("{")]
    return [each for each in found if isinstance(each, dict)]
