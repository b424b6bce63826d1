"""The OpenAI SDK with its own surface, where every call is a recorded step of the run.

    client = AsyncOpenAI()                                   # the SDK's own arguments
    reply = await client.chat.completions.create(model=..., messages=...)
    async for chunk in await client.chat.completions.create(..., stream=True): ...

`chat.completions.create` and `parse`, `responses.create` and `embeddings.create` are steps: the request is in the log
before it leaves, the answer is in the journal, and a replay sends nothing. A stream is recorded once it was read to its
end; its request goes out when reading begins. All else of the SDK passes through unchanged.

Retries live here and in no other layer: connection errors, time-outs, 408, 409, 429, 5xx and answers that are no
answers are tried again with backoff, `Retry-After` honoured. A stream that breaks off is not taken up again here: the
component around it runs again as its own policy says. Outside a run the same policies hold and nothing is recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import openai
from openai import BaseModel as SDKModel
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
from openai.resources.embeddings import AsyncEmbeddings
from openai.resources.responses import AsyncResponses
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response
from pydantic_core import to_jsonable_python

from ._prices import cost_microusd
from ._retry import Retry
from ._steps import OpenStep, open_step
from .errors import GenisysError

__all__ = ["AsyncOpenAI", "ProviderError"]

CALL_RETRY = Retry(attempts=5, base=0.5, cap=20.0)
CALL_TIMEOUT_S = 120.0
PERMANENT_STATUS = frozenset({400, 401, 403, 404, 405, 413, 422})

_STATUS_WORDS = {
    400: "it did not accept the request",
    401: "it did not accept the API key",
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

    async def create(self, **arguments: Any) -> Any:  # type: ignore[override]
        call = _Call(self._client, "chat", arguments, ChatCompletion, lambda reply: bool(reply.choices))
        if not arguments.get("stream"):
            return await call.answer(super().create)
        options = {"include_usage": True, **(arguments.get("stream_options") or {})}
        call.arguments = {**arguments, "stream_options": options}
        return _Chunks(call, super().create)

    async def parse(self, **arguments: Any) -> Any:  # type: ignore[override]
        call = _Call(self._client, "chat parse", arguments, ChatCompletion, lambda reply: bool(reply.choices))
        return await call.answer(super().parse)


class _Responses(AsyncResponses):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:  # type: ignore[override]
        if arguments.get("stream"):
            return await super().create(**arguments)
        call = _Call(self._client, "response", arguments, Response, lambda reply: bool(reply.output))
        return await call.answer(super().create)


class _Embeddings(AsyncEmbeddings):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:  # type: ignore[override]
        arguments.setdefault("encoding_format", "float")
        call = _Call(self._client, "embed", arguments, CreateEmbeddingResponse, lambda reply: bool(reply.data))
        return await call.answer(super().create)


class _Call:
    """One call of one endpoint: what is sent, what counts as an answer, and the words for what goes wrong."""

    def __init__(
        self,
        client: AsyncOpenAI,
        kind: str,
        arguments: dict[str, Any],
        answer_type: type[SDKModel],
        usable: Callable[[Any], bool],
    ) -> None:
        self.client = client
        self.kind = kind
        self.arguments = arguments
        self.model = str(arguments.get("model", ""))
        self._type = answer_type
        self._usable = usable
        self.host = client.base_url.host

    @property
    def name(self) -> str:
        return f"{self.kind} {self.model}"

    @property
    def title(self) -> str:
        return f"Ask {self.model}"

    def recorded_input(self) -> dict[str, Any]:
        """Give the request as JSON data; the API key is no part of it."""
        given = {name: value for name, value in self.arguments.items() if not isinstance(value, openai.NotGiven)}
        data: dict[str, Any] = to_jsonable_python({"host": self.host, **given}, fallback=_schema_of)
        return data

    async def answer(self, send: Callable[..., Awaitable[Any]]) -> Any:
        async with open_step(self.name, self.recorded_input(), title=self.title, paid=True, nested=False) as step:
            if step.recorded:
                return self._type.construct(**step.value)
            reply = await self.tried(step, lambda: self._usable_reply(send))
            self.count(step, reply.usage, reply.model)
            step.complete(reply.model_dump(mode="json", exclude_unset=True))
        return reply

    async def tried(self, step: OpenStep, send: Callable[[], Awaitable[Any]]) -> Any:
        """Send until there is an answer or the policy gives up."""
        tried = 0
        while True:
            tried += 1
            try:
                return await send()
            except Exception as error:
                told = self.told(error, tried)
                delay = self.client.retry.delay(tried, told)
                if delay is None:
                    raise told from error
                step.retrying(tried, delay, told)
                await asyncio.sleep(delay)

    async def _usable_reply(self, send: Callable[..., Awaitable[Any]]) -> Any:
        reply = await send(**self.arguments)
        if not isinstance(reply, SDKModel) or not self._usable(reply):
            raise _NoAnswer("its answer held nothing that could be used")
        return reply

    def count(self, step: OpenStep, usage: Any, model: str | None) -> None:
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
        status, retry_after = 0, None
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            retry_after = _retry_after(error.response.headers)
            words = f"answered {status}: {_STATUS_WORDS.get(status, 'it gave no answer')}"
        elif isinstance(error, openai.APITimeoutError):
            words = "did not answer in time"
        elif isinstance(error, openai.APIConnectionError):
            words = "could not be reached, or closed the connection"
        elif isinstance(error, _NoAnswer):
            words = f"gave no usable answer: {error}"
        else:
            words = f"gave an answer that could not be read ({type(error).__name__})"
        times = "" if tries == 1 else f" It was tried {tries} times."
        return ProviderError(
            f"The model server at {self.host} {words}.{times}",
            permanent=status in PERMANENT_STATUS,
            retry_after=retry_after,
            detail={"host": self.host, "model": self.model, "status": status, "tries": tries},
        )


class _NoAnswer(Exception):
    """The server answered, but not with an answer."""


class _Chunks:
    """A stream of chat chunks, as the SDK's: an async iterator that can also be closed or used with `async with`."""

    def __init__(self, call: _Call, send: Callable[..., Awaitable[Any]]) -> None:
        self._call = call
        self._send = send
        self._iterator = self._chunks()

    def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        return self._iterator

    async def __anext__(self) -> ChatCompletionChunk:
        return await anext(self._iterator)

    async def __aenter__(self) -> _Chunks:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop reading. A stream that was not read to its end is not recorded."""
        await self._iterator.aclose()  # type: ignore[attr-defined]

    async def _chunks(self) -> AsyncIterator[ChatCompletionChunk]:
        call = self._call
        async with open_step(call.name, call.recorded_input(), title=call.title, paid=True, nested=False) as step:
            if step.recorded:
                for chunk in step.value:
                    yield ChatCompletionChunk.construct(**chunk)
                return
            stream, first = await call.tried(step, self._begin)
            recorded: list[dict[str, Any]] = []
            finished, usage, model = False, None, None
            chunk: ChatCompletionChunk | None = first
            try:
                while chunk is not None:
                    finished = finished or any(choice.finish_reason for choice in chunk.choices or ())
                    usage, model = chunk.usage or usage, chunk.model or model
                    _add(recorded, chunk.model_dump(mode="json", exclude_unset=True))
                    yield chunk
                    chunk = await self._next(stream)
            finally:
                await stream.close()
            if not finished:
                raise self._broken("the stream ended before the text was finished")
            call.count(step, usage, model)
            step.complete(recorded)

    async def _begin(self) -> tuple[Any, ChatCompletionChunk]:
        """Open the stream and wait for its first chunk, so that an empty answer can still be tried again."""
        stream = await self._send(**self._call.arguments)
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

    async def _next(self, stream: Any) -> ChatCompletionChunk | None:
        try:
            chunk: ChatCompletionChunk = await anext(aiter(stream))
            return chunk
        except StopAsyncIteration:
            return None
        except Exception as error:
            raise self._broken("the stream broke off in the middle") from error

    def _broken(self, words: str) -> ProviderError:
        call = self._call
        detail = {"host": call.host, "model": call.model, "status": 0, "tries": 1}
        return ProviderError(f"The model server at {call.host} did not finish its answer: {words}.", detail=detail)


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
