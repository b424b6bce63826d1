"""The OpenAI SDK with its own surface, where every call is a recorded step of the run.

    client = AsyncOpenAI()                                   # the SDK's own arguments
    reply = await client.chat.completions.create(model=..., messages=...)
    async for chunk in await client.chat.completions.create(..., stream=True): ...

`chat.completions.create`, `parse` and `stream`, `responses.create` and `embeddings.create` are steps: the request is in
the log before it leaves, the answer is in the journal, and a replay sends nothing. A stream is recorded once it was
read to its end. All else of the SDK, `with_raw_response` too, passes through unchanged: it is neither recorded nor
tried again here.

Retries live here and in no other layer: connection errors, time-outs, 408, 409, 429, 5xx and answers that are no
answers are tried again with backoff, `Retry-After` honoured. A stream that breaks off is not taken up again here: the
component around it runs again as its own policy says. Outside a run the same policies hold and nothing is recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import openai
from openai import BaseModel as SDKModel
from openai._models import construct_type
from openai.lib._parsing import parse_chat_completion
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
from openai.resources.embeddings import AsyncEmbeddings
from openai.resources.responses import AsyncResponses
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from ._prices import cost_microusd
from ._pump import Pump, Put
from ._retry import Retry
from ._steps import OpenStep, open_step
from .errors import GenisysError

__all__ = ["AsyncOpenAI", "ProviderError"]

CALL_RETRY = Retry(attempts=5, base=0.5, cap=20.0)
CALL_TIMEOUT_S = 120.0
PASSING_STATUS = frozenset({408, 409, 425, 429})  # of the 4xx; all else from 400 to 499 would be the same again
QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
# How a request is sent, which is no part of what is asked, and where a key may stand.
TRANSPORT_ARGUMENTS = frozenset({"extra_headers", "timeout"})
RAW_RESPONSE_HEADER = "X-Stainless-Raw-Response"  # set by the SDK's with_raw_response and with_streaming_response

_STATUS_WORDS = {
    400: "it did not accept the request",
    401: "it did not accept the API key",
    402: "the account has to be paid",
    403: "it refused access",
    404: "it knows no such model or address",
    408: "it took too long",
    413: "the request was too large",
    422: "it did not accept the request",
    429: "too many requests for now",
    500: "it failed inside",
    502: "it could not be reached behind its gateway",
    503: "it is overloaded or down",
    504: "it took too long behind its gateway",
}


class ProviderError(GenisysError):
    """A model server gave no usable answer. `detail` has `host`, `model`, `status` (0 when there was none), `tries`."""


class AsyncOpenAI(openai.AsyncOpenAI):
    """The SDK's client; takes its arguments. `retry` is the policy for each call (default: 5 tries, cap 20 s)."""

    def __init__(self, *, retry: Retry = CALL_RETRY, **arguments: Any) -> None:
        arguments["max_retries"] = 0
        if arguments.get("timeout") in (None, openai.NOT_GIVEN):
            arguments["timeout"] = openai.Timeout(CALL_TIMEOUT_S, connect=5.0)
        super().__init__(**arguments)
        self.retry = retry

    def copy(self, **changes: Any) -> AsyncOpenAI:
        """Give a client with other options, as the SDK's own `copy` does."""
        extra = {"retry": self.retry, **(changes.pop("_extra_kwargs", None) or {})}
        return super().copy(**changes, _extra_kwargs=extra)

    with_options = copy

    @cached_property
    def chat(self) -> AsyncChat:
        return _Chat(self)

    @cached_property
    def embeddings(self) -> AsyncEmbeddings:
        return _Embeddings(self)

    @cached_property
    def responses(self) -> AsyncResponses:
        return _Responses(self)


class _Chat(AsyncChat):
    _client: AsyncOpenAI

    @cached_property
    def completions(self) -> AsyncCompletions:
        return _Completions(self._client)


class _Completions(AsyncCompletions):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().create(**arguments)
        if arguments.get("stream"):
            options = {"include_usage": True, **(arguments.get("stream_options") or {})}
            call = _Call(self._client, "chat", {**arguments, "stream_options": options})
            return await call.stream(super().create, _CHAT_STREAM)
        return await _Call(self._client, "chat", arguments).answer(super().create, _CHAT)

    async def parse(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().parse(**arguments)

        def load(data: dict[str, Any]) -> Any:
            return parse_chat_completion(
                chat_completion=ChatCompletion.construct(**data),
                response_format=arguments.get("response_format", openai.omit),
                input_tools=arguments.get("tools", openai.omit),
            )

        shape = _Shape(load, _CHAT.usable, _without_parsed)
        return await _Call(self._client, "chat parse", arguments).answer(super().parse, shape)


class _Responses(AsyncResponses):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().create(**arguments)
        call = _Call(self._client, "response", arguments)
        if arguments.get("stream"):
            return await call.stream(super().create, _RESPONSE_STREAM)
        return await call.answer(super().create, _RESPONSE)


class _Embeddings(AsyncEmbeddings):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().create(**arguments)
        # The SDK's own default, base64, would be unpacked into floats before we see it; so ask for floats.
        arguments.setdefault("encoding_format", "float")
        return await _Call(self._client, "embed", arguments).answer(super().create, _EMBEDDINGS)


def _wants_raw(arguments: dict[str, Any]) -> bool:
    return RAW_RESPONSE_HEADER in (arguments.get("extra_headers") or {})


@dataclass(frozen=True, slots=True)
class _Shape:
    """One kind of answer: how to read it back from the journal, what makes it usable, how to write it down."""

    load: Callable[[dict[str, Any]], Any]
    usable: Callable[[Any], bool]
    dump: Callable[[SDKModel], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _StreamShape:
    """One kind of stream. `ends` is true for the item without which the answer is not whole."""

    load: Callable[[dict[str, Any]], Any]
    ends: Callable[[Any], bool]
    failed: Callable[[Any], bool]
    bill: Callable[[Any], Any]


def _dump(reply: SDKModel) -> dict[str, Any]:
    return reply.model_dump(mode="json", exclude_unset=True)


def _without_parsed(reply: SDKModel) -> dict[str, Any]:
    # What the SDK made of the text is made again on replay, so that it has its own type again.
    plain = ChatCompletion.construct(**reply.model_dump(exclude_unset=True, warnings=False))
    data = plain.model_dump(mode="json", exclude_unset=True, warnings=False)
    for choice in data["choices"]:
        choice["message"].pop("parsed", None)
        for tool_call in choice["message"].get("tool_calls") or ():
            (tool_call.get("function") or {}).pop("parsed_arguments", None)
    return data


def _has_message(reply: Any) -> bool:
    return bool(reply.choices) and all(getattr(choice, "message", None) is not None for choice in reply.choices)


_CHAT = _Shape(lambda data: ChatCompletion.construct(**data), _has_message, _dump)
_RESPONSE = _Shape(lambda data: Response.construct(**data), lambda reply: bool(reply.output), _dump)
_EMBEDDINGS = _Shape(lambda data: CreateEmbeddingResponse.construct(**data), lambda reply: bool(reply.data), _dump)
_CHAT_STREAM = _StreamShape(
    load=lambda data: ChatCompletionChunk.construct(**data),
    ends=lambda chunk: any(choice.finish_reason for choice in chunk.choices or ()),
    failed=lambda chunk: False,
    bill=lambda chunk: chunk,
)
_RESPONSE_STREAM = _StreamShape(
    load=lambda data: construct_type(type_=ResponseStreamEvent, value=data),
    ends=lambda event: event.type in ("response.completed", "response.incomplete"),
    failed=lambda event: event.type in ("response.failed", "error"),
    bill=lambda event: getattr(event, "response", None),
)


class _Call:
    """One call of one endpoint: what is sent, what counts as an answer, and the words for what goes wrong."""

    def __init__(self, client: AsyncOpenAI, kind: str, arguments: dict[str, Any]) -> None:
        self.client = client
        self.kind = kind
        # Iterators are read more than once here: for the record, and for every try.
        self.arguments = {name: list(v) if isinstance(v, Iterator) else v for name, v in arguments.items()}
        self.model = str(arguments.get("model", ""))
        self.host = client.base_url.host

    @property
    def name(self) -> str:
        return f"{self.kind} {self.model}"

    @property
    def title(self) -> str:
        return f"Ask {self.model}"

    def recorded_input(self) -> dict[str, Any]:
        """Give the request as JSON data; the API key is no part of it."""
        given = {
            name: value
            for name, value in self.arguments.items()
            if name not in TRANSPORT_ARGUMENTS and not isinstance(value, openai.NotGiven | openai.Omit)
        }
        data: dict[str, Any] = to_jsonable_python({"host": self.host, **given}, fallback=_schema_of)
        return data

    async def answer(self, send: Callable[..., Awaitable[Any]], shape: _Shape) -> Any:
        """Give the answer: the recorded one, or a new one."""

        async def ask() -> Any:
            reply = await send(**self.arguments)
            if not isinstance(reply, SDKModel) or not shape.usable(reply):
                raise _NoAnswer("its answer held nothing that could be used")
            return reply

        async with open_step(self.name, self.recorded_input(), title=self.title, paid=True, nested=False) as step:
            if step.recorded:
                return shape.load(step.value)
            reply = await self.tried(step, ask)
            self.count(step, reply)
            step.complete(shape.dump(reply))
        return reply

    async def stream(self, send: Callable[..., Awaitable[Any]], shape: _StreamShape) -> _Stream:
        """Open the stream; it is given once its first item is here."""
        pump: Pump[Any] = Pump(lambda put: self._read(send, shape, put))
        stream = _Stream(pump)
        await stream.open()
        return stream

    async def _read(self, send: Callable[..., Awaitable[Any]], shape: _StreamShape, put: Put[Any]) -> None:
        async with open_step(self.name, self.recorded_input(), title=self.title, paid=True, nested=False) as step:
            if step.recorded:
                for data in step.value:
                    await put(shape.load(data))
                return
            stream, item = await self.tried(step, lambda: self._begin(send))
            recorded: list[dict[str, Any]] = []
            ended, bill = False, None
            try:
                while item is not None:
                    if shape.failed(item):
                        raise self.broken("it says that it failed")
                    ended = ended or shape.ends(item)
                    billed = shape.bill(item)
                    bill = billed if getattr(billed, "usage", None) or bill is None else bill
                    _add(recorded, item.model_dump(mode="json", exclude_unset=True))
                    await put(item)
                    item = await self._next(stream)
            finally:
                await stream.close()
            if not ended:
                raise self.broken("the stream ended before the text was finished")
            self.count(step, bill)
            step.complete(recorded)

    async def _begin(self, send: Callable[..., Awaitable[Any]]) -> tuple[Any, Any]:
        """Open the stream and wait for its first item, so that an empty answer can still be tried again."""
        stream = await send(**self.arguments)
        if not hasattr(stream, "__aiter__"):
            raise _NoAnswer("what it sent is no stream")
        try:
            return stream, await anext(aiter(stream))
        except StopAsyncIteration:
            await stream.close()
            raise _NoAnswer("the stream was empty") from None
        except BaseException:
            await stream.close()
            raise

    async def _next(self, stream: Any) -> Any:
        try:
            return await anext(aiter(stream))
        except StopAsyncIteration:
            return None
        except Exception as error:
            raise self.broken("the stream broke off in the middle") from error

    async def tried(self, step: OpenStep, send: Callable[[], Awaitable[Any]]) -> Any:
        """Send until there is an answer or the policy gives up."""

        async def once() -> Any:
            try:
                async with asyncio.timeout(self._limit_s()):
                    return await send()
            except Exception as error:
                raise self.told(error, step.tries) from error

        return await self.client.retry.tried(step, once)

    def _limit_s(self) -> float | None:
        """The seconds for one try as a whole: a server that sends a byte now and then would never time out else."""
        given = self.arguments.get("timeout", openai.NOT_GIVEN)
        if isinstance(given, openai.NotGiven):
            given = self.client.timeout
        read = getattr(given, "read", given)
        return float(read) if isinstance(read, int | float) else None

    def count(self, step: OpenStep, reply: Any) -> None:
        """Put the tokens and the cost of the reply on the step."""
        usage, model = getattr(reply, "usage", None), getattr(reply, "model", None)
        read = getattr(usage, "prompt_tokens", None) or getattr(usage, "input_tokens", None) or 0
        written = getattr(usage, "completion_tokens", None) or getattr(usage, "output_tokens", None) or 0
        step.use(
            model=model or self.model,
            input_tokens=read,
            output_tokens=written,
            cost_microusd=cost_microusd(model or self.model, read, written),
        )

    def told(self, error: Exception, tries: int) -> ProviderError:
        """Put what happened into a sentence."""
        if isinstance(error, ProviderError):
            return error
        status, retry_after, permanent = 0, None, False
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            retry_after = _retry_after(error.response.headers)
            permanent = 400 <= status < 500 and status not in PASSING_STATUS
            words = f"answered {status}: {_STATUS_WORDS.get(status, 'it gave no answer')}"
            if error.code in QUOTA_CODES:
                permanent, words = True, f"answered {status}: the account's quota is used up"
            elif permanent:
                words += self._said(error)
        elif isinstance(error, openai.APITimeoutError | TimeoutError):
            words = "did not answer in time"
        elif isinstance(error, openai.APIConnectionError):
            words = "could not be reached, or closed the connection"
        elif isinstance(error, openai.LengthFinishReasonError):
            words, permanent = "was stopped at the limit of tokens before its answer was whole", True
        elif isinstance(error, openai.ContentFilterFinishReasonError):
            words, permanent = "held the answer back (its content filter)", True
        elif isinstance(error, ValidationError):
            words = "gave an answer that does not fit the form that was asked for"
        elif isinstance(error, _NoAnswer):
            words = f"gave no usable answer: {error}"
        else:
            words = f"gave an answer that could not be read ({type(error).__name__})"
        times = "" if tries == 1 else f" It was tried {tries} times."
        return self._error(f"{words}.{times}", status, tries, permanent=permanent, retry_after=retry_after)

    def broken(self, why: str) -> ProviderError:
        """The error of a stream that did not come to its end."""
        return self._error(f"did not finish its answer: {why}.", 0, 1)

    def _error(self, words: str, status: int, tries: int, **facts: Any) -> ProviderError:
        detail = {"host": self.host, "model": self.model, "status": status, "tries": tries}
        return ProviderError(f"The model server at {self.host} {words}", detail=detail, **facts)

    def _said(self, error: openai.APIStatusError) -> str:
        """The server's own words on a request that it refuses; not on a key, which it may repeat."""
        said = error.body.get("message") if isinstance(error.body, dict) else None
        key = self.client.api_key
        if error.status_code in (401, 403) or not isinstance(said, str) or (key and key in said):
            return ""
        return f" (“{' '.join(said.split())[:200].rstrip('.')}”)"


class _NoAnswer(Exception):
    """The server answered, but not with an answer."""


class _Stream:
    """A stream as the SDK's: an async iterator that can be closed, or used with `async with`."""

    def __init__(self, pump: Pump[Any]) -> None:
        self._pump = pump
        self._first: list[Any] = []

    async def open(self) -> None:
        """Wait for the first item; raises what the call raises."""
        self._first.append(await anext(self._pump))

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> Any:
        return self._first.pop() if self._first else await anext(self._pump)

    async def __aenter__(self) -> _Stream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop reading. A stream that was not read to its end is not recorded."""
        await self._pump.aclose()

    aclose = close

    @property
    def response(self) -> _Stream:
        """What the SDK's own stream helper closes. A replay has no HTTP response to give."""
        return self


def _add(recorded: list[dict[str, Any]], chunk: dict[str, Any]) -> None:
    """Record a chunk; text that follows text of the same kind joins it, so that the journal stays small."""
    if recorded and _only_text(recorded[-1]) and _only_text(chunk):
        recorded[-1]["choices"][0]["delta"]["content"] += chunk["choices"][0]["delta"]["content"]
    else:
        recorded.append(chunk)


def _only_text(chunk: dict[str, Any]) -> bool:
    choices = chunk.get("choices") or []
    if len(choices) != 1 or choices[0].get("index", 0) != 0 or choices[0].get("finish_reason"):
        return False
    delta = choices[0].get("delta") or {}
    given = {name for name, value in delta.items() if value is not None}
    return not chunk.get("usage") and given <= {"content", "role"} and isinstance(delta.get("content"), str)


def _schema_of(value: Any) -> Any:
    if isinstance(value, type) and hasattr(value, "model_json_schema"):
        return value.model_json_schema()
    raise TypeError(f"{value!r} in a request to a model cannot be written as JSON")


def _retry_after(headers: Any) -> float | None:
    """Read Retry-After (RFC 9110, seconds or a date) or OpenAI's retry-after-ms; seconds, at most an hour."""
    milliseconds, given = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds:
            return min(3600.0, max(0.0, float(milliseconds) / 1000))
        if given and given.strip().replace(".", "", 1).isdigit():
            return min(3600.0, float(given))
        if given:
            wait = (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
            return min(3600.0, max(0.0, wait))
    except (TypeError, ValueError):
        return None
    return None
