"""The OpenAI SDK with its own surface, where every call is a recorded step of the run.

    client = AsyncOpenAI()                                   # the SDK's own arguments
    reply = await client.chat.completions.create(model=..., messages=...)
    async for chunk in await client.chat.completions.create(..., stream=True): ...

Inside a run every request that the SDK makes is a step: it is in the log before it leaves, the answer is in the
journal, and a replay sends nothing. A stream is recorded once it was read to its end. The texts of chats, responses and
embeddings are recorded as what they are, all else (raw responses too) as the HTTP answer, with bytes kept beside the
record (`_recorded_call.py`, `_blobs.py`). What cannot be a step is refused with a reason (`_sdk_calls.py`).

Retries live here and in no other layer: connection errors, time-outs, 408, 409, 429, 5xx and answers that are no
answers are tried again with backoff, `Retry-After` honoured. A stream that breaks off is not taken up again here: the
component around it runs again as its own policy says. Outside a run the same policies hold for chats, responses and
embeddings, nothing is recorded, and all else is the SDK's own.

Several providers, in the order in which they are asked:

    configure([Provider("openai", api_key=..., requests_per_minute=600), Provider("spare", base_url=..., models=...)])
    client = AsyncOpenAI()                                   # or AsyncOpenAI(providers=[...])

Then all workers share each provider's quota, its pauses and its circuit breaker, a call goes to the first provider that
can be asked, and inside a run a call for which none is left waits instead of failing (`_route.py` has the rules). Which
one answered is on the step, and is no part of what the step is recorded under.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import openai
from openai import BaseModel as SDKModel
from openai._models import FinalRequestOptions, construct_type
from openai.lib._parsing import parse_chat_completion
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
from openai.resources.embeddings import AsyncEmbeddings
from openai.resources.responses import AsyncResponses
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic_core import to_json, to_jsonable_python

from ._heard import Heard
from ._kept_answer import answer_of, record_of
from ._prices import cost_microusd
from ._provider_error import EmptyAnswer, NoAnswer, ProviderError, Refused, Teller, said_of
from ._providers import Price, Provider, configure, configured, in_order
from ._pump import Pump, Put
from ._recorded_call import CHARS_PER_TOKEN, RecordedCall, is_to_record, limit_s, refused, sending
from ._requests import TRANSPORT_ARGUMENTS, arguments_of, check_request
from ._retry import Retry
from ._route import Route
from ._said import Said, failure_in, said_in
from ._sdk_calls import SOCKET
from ._steps import OpenStep, open_step
from ._strict import mended, text
from ._usage import usage_of

__all__ = ["AsyncOpenAI", "Price", "Provider", "ProviderError", "check_request", "configure"]

CALL_RETRY = Retry(attempts=5, base=0.5, cap=20.0)
CALL_TIMEOUT_S = 120.0
CONNECT_TIMEOUT_S = 5.0
CONNECT_TO_ONE_OF_MANY_S = 2.0  # where another provider can be asked instead
ANSWER_TOKENS = 500  # what an answer is taken to need where the request sets no limit
SPOKEN = frozenset({"content", "reasoning_content", "text", "delta", "arguments", "refusal"})
REPEATED = frozenset({"response", "item", "part", "parsed"})  # what a stream of events says a second time
MODEL_NAME_LENGTH = 200
OF_ONE_PROVIDER = frozenset({"api_key", "base_url", "http_client"})
RAW_RESPONSE_HEADER = "X-Stainless-Raw-Response"  # set by the SDK's with_raw_response and with_streaming_response


class AsyncOpenAI(openai.AsyncOpenAI):
    """The SDK's client; takes its arguments. `retry` is the policy for each call (default: 5 tries, cap 20 s).

    With `providers`, or where `configure` named some and no address or key is given, calls go to these; what names no
    model that one of them serves (files, batches, …) goes to the first. Else, and with an empty `providers`, it is a
    client of one server, as the SDK's own.
    """

    def __init__(
        self, *, retry: Retry = CALL_RETRY, providers: Iterable[Provider] | None = None, **arguments: Any
    ) -> None:
        if providers is None and not OF_ONE_PROVIDER & {name for name, value in arguments.items() if value is not None}:
            providers = configured()
        self.providers = in_order(providers or ())
        if self.providers:
            arguments.update(base_url=self.providers[0].base_url, api_key=self.providers[0].api_key)
        arguments["max_retries"] = 0
        if arguments.get("timeout") in (None, openai.NOT_GIVEN):
            connect = CONNECT_TO_ONE_OF_MANY_S if len(self.providers) > 1 else CONNECT_TIMEOUT_S
            arguments["timeout"] = openai.Timeout(CALL_TIMEOUT_S, connect=connect)
        super().__init__(**arguments)
        self.retry = retry
        self._of: dict[str, openai.AsyncOpenAI] = {}

    def copy(self, **changes: Any) -> AsyncOpenAI:
        """Give a client with other options, as the SDK's own `copy` does; of one server, where that is changed."""
        elsewhere = OF_ONE_PROVIDER & changes.keys()
        extra = {"retry": self.retry, "providers": () if elsewhere else self.providers}
        return super().copy(**changes, _extra_kwargs={**extra, **(changes.pop("_extra_kwargs", None) or {})})

    with_options = copy

    async def request(
        self, cast_to: Any, options: FinalRequestOptions, *, stream: bool = False, stream_cls: Any = None
    ) -> Any:
        """Send one request, as all methods of the SDK do; inside a run it is a step."""
        if not is_to_record():
            return await super().request(cast_to, options, stream=stream, stream_cls=stream_cls)
        return await RecordedCall(self, cast_to, options, stream=stream, stream_cls=stream_cls).made()

    async def _prepare_options(self, options: FinalRequestOptions) -> FinalRequestOptions:
        self._refuse_sockets()
        return await super()._prepare_options(options)

    async def _refresh_api_key(self) -> str:
        self._refuse_sockets()
        return await super()._refresh_api_key()

    def _refuse_sockets(self) -> None:
        """Raise GenisysError where something but `request` is about to talk to the server inside a run."""
        if is_to_record():
            raise refused("A live connection of the SDK (`connect`)", SOCKET)

    def of(self, provider: Provider) -> openai.AsyncOpenAI:
        """Give the SDK's client of one provider, over this one's connections."""
        if provider.name not in self._of:
            self._of[provider.name] = openai.AsyncOpenAI(
                base_url=provider.base_url,
                api_key=provider.api_key,
                http_client=self._client,
                timeout=self.timeout,
                max_retries=0,
                default_headers=self._custom_headers,
                default_query=self._custom_query,
            )
        return self._of[provider.name]

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
            return await call.stream(lambda sdk: AsyncCompletions(sdk).create, _CHAT_STREAM)
        return await _Call(self._client, "chat", arguments).answer(lambda sdk: AsyncCompletions(sdk).create, _CHAT)

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
        return await _Call(self._client, "chat parse", arguments).answer(lambda sdk: AsyncCompletions(sdk).parse, shape)


class _Responses(AsyncResponses):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().create(**arguments)
        call = _Call(self._client, "response", arguments)
        if arguments.get("stream"):
            return await call.stream(lambda sdk: AsyncResponses(sdk).create, _RESPONSE_STREAM)
        return await call.answer(lambda sdk: AsyncResponses(sdk).create, _RESPONSE)


class _Embeddings(AsyncEmbeddings):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().create(**arguments)
        # The SDK's own default, base64, would be unpacked into floats before we see it; so ask for floats.
        arguments.setdefault("encoding_format", "float")
        return await _Call(self._client, "embed", arguments).answer(
            lambda sdk: AsyncEmbeddings(sdk).create, _EMBEDDINGS
        )


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
    """One kind of stream. `ends` is true for the item without which the answer is not whole; `failed` gives what the
    server says in an item that is no part of an answer, but a failure."""

    load: Callable[[dict[str, Any]], Any]
    ends: Callable[[Any], bool]
    failed: Callable[[Any], Said | None]
    bill: Callable[[Any], Any]


def _dump(reply: SDKModel) -> dict[str, Any]:
    # A server may say more in its JSON than strict JSON can: half a character, a logprob of -Infinity.
    data: dict[str, Any] = mended(reply.model_dump(exclude_unset=True, warnings=False))
    return data


def _without_parsed(reply: SDKModel) -> dict[str, Any]:
    # What the SDK made of the text is made again on replay, so that it has its own type again.
    data = _dump(ChatCompletion.construct(**reply.model_dump(exclude_unset=True, warnings=False)))
    for choice in data["choices"]:
        choice["message"].pop("parsed", None)
        for tool_call in choice["message"].get("tool_calls") or ():
            (tool_call.get("function") or {}).pop("parsed_arguments", None)
    return data


def _has_message(reply: Any) -> bool:
    choices = _listed(reply, "choices")
    return bool(choices) and all(getattr(choice, "message", None) is not None for choice in choices)


def _listed(reply: Any, name: str) -> list[Any]:
    """Return a list of the answer; empty where the server put something else there."""
    given = getattr(reply, name, None)
    return given if isinstance(given, list) else []


def _failure_in(reply: SDKModel) -> Said | None:
    """Return what a reply says that holds no answer, where it tells of a failure."""
    return failure_in(reply.model_dump(exclude_unset=True, exclude_none=True, warnings=False))


def _failed_chunk(chunk: Any) -> Said | None:
    return None if isinstance(chunk.choices, list) else _failure_in(chunk)


def _failed_event(event: Any) -> Said | None:
    if event.type not in ("response.failed", "error"):
        return None if event.type else _failure_in(event)
    return said_in(event.model_dump(exclude_unset=True, exclude_none=True, warnings=False))


_CHAT = _Shape(lambda data: ChatCompletion.construct(**data), _has_message, _dump)
_RESPONSE = _Shape(lambda data: Response.construct(**data), lambda reply: bool(_listed(reply, "output")), _dump)
_EMBEDDINGS = _Shape(
    lambda data: CreateEmbeddingResponse.construct(**data), lambda reply: bool(_listed(reply, "data")), _dump
)
_CHAT_STREAM = _StreamShape(
    load=lambda data: ChatCompletionChunk.construct(**data),
    ends=lambda chunk: any(choice.finish_reason for choice in chunk.choices or ()),
    failed=_failed_chunk,
    bill=lambda chunk: chunk,
)
_RESPONSE_STREAM = _StreamShape(
    load=lambda data: construct_type(type_=ResponseStreamEvent, value=data),
    ends=lambda event: event.type in ("response.completed", "response.incomplete"),
    failed=_failed_event,
    bill=lambda event: getattr(event, "response", None),
)


Send = Callable[..., Awaitable[Any]]
Endpoint = Callable[[openai.AsyncOpenAI], Send]


class _Call:
    """One call of one endpoint: what is sent, where, and what counts as an answer."""

    def __init__(self, client: AsyncOpenAI, kind: str, arguments: dict[str, Any]) -> None:
        self.client = client
        self.kind = kind
        # Iterators are read more than once here: for the record, and for every try.
        self.arguments = {name: list(v) if isinstance(v, Iterator) else v for name, v in arguments.items()}
        self.model = str(arguments.get("model", ""))
        self.route: Route | None = None

    def step(self, data: dict[str, Any]) -> AbstractAsyncContextManager[OpenStep]:
        """Open the step that stands for this request."""
        name, title = self._called(data)
        return open_step(name, data, title=title, paid=True, nested=False, call=self.kind, edited=self._called)

    def _called(self, data: dict[str, Any]) -> tuple[str, str]:
        model = str(data.get("model", ""))
        return f"{self.kind} {model}", f"Ask {model}"

    def take(self, step: OpenStep, data: dict[str, Any]) -> dict[str, Any]:
        """Return the request to send: the one that a fork gave in place of this one, else `data`. Raises UserError."""
        if step.given is None:
            return data
        check_request(self.kind, data, step.given)
        self.arguments = arguments_of(data, step.given, self.arguments)
        self.model = str(self.arguments["model"])
        given: dict[str, Any] = step.given
        return given

    @property
    def teller(self) -> Teller:
        if self.route is not None:
            return self.route.teller(self.route.provider)
        return Teller(self.client.base_url.host, self.model, self.client.api_key)

    def recorded_input(self) -> dict[str, Any]:
        """Give the request as JSON data; no part of it are the API key and which of several providers answers."""
        given = {
            name: value
            for name, value in self.arguments.items()
            if name not in TRANSPORT_ARGUMENTS and not isinstance(value, openai.NotGiven | openai.Omit)
        }
        where = {} if self.client.providers else {"host": self.client.base_url.host}
        data: dict[str, Any] = to_jsonable_python({**where, **given}, fallback=_schema_of)
        return data

    async def answer(self, endpoint: Endpoint, shape: _Shape) -> Any:
        """Give the answer: the recorded one, or a new one."""

        async def ask(send: Send, arguments: dict[str, Any]) -> Any:
            reply = await send(**arguments)
            if not isinstance(reply, SDKModel):
                raise NoAnswer("what it sent is no answer")
            if not shape.usable(reply):
                if (said := _failure_in(reply)) is not None:
                    raise Refused(said)
                raise EmptyAnswer("its answer held nothing that could be used")
            return reply

        data = self.recorded_input()
        async with self.step(data) as step:
            if step.recorded:
                return shape.load(await answer_of(step.value))
            data = self.take(step, data)
            reply = await self.tried(step, data, endpoint, ask, _tokens_of)
            answer = shape.dump(reply)
            self.count(step, reply, answer)
            step.complete(await record_of(step, answer))
        return shape.load(answer)

    async def stream(self, endpoint: Endpoint, shape: _StreamShape) -> _Stream:
        """Open the stream; it is given once its first item is here."""
        pump: Pump[Any] = Pump(lambda put: self._read(endpoint, shape, put))
        stream = _Stream(pump)
        await stream.open()
        return stream

    async def _read(self, endpoint: Endpoint, shape: _StreamShape, put: Put[Any]) -> None:
        data = self.recorded_input()
        async with self.step(data) as step:
            if step.recorded:
                for recorded in await answer_of(step.value):
                    await put(shape.load(recorded))
                return
            data = self.take(step, data)
            stream, heard, item = await self.tried(
                step, data, endpoint, lambda send, arguments: self._begin(send, arguments, shape), lambda begun: None
            )
            try:
                recorded, bill = await self._whole(stream, heard, item, shape, put)
            except ProviderError:
                if self.route is not None:
                    await self.route.broke()
                raise
            finally:
                await stream.close()
            self.count(step, bill, recorded)
            tokens = _tokens_of(bill)
            if self.route is not None and tokens is not None:
                await self.route.used(tokens)
            step.complete(await record_of(step, recorded))

    async def _whole(
        self, stream: Any, heard: Heard, item: Any, shape: _StreamShape, put: Put[Any]
    ) -> tuple[list[Any], Any]:
        """Pass the stream on to its end; give what is recorded of it and the item that holds its usage.

        It is whole with the item that ends it. Some servers leave that out: then with their `[DONE]` and the usage,
        which nobody counts of half an answer.
        """
        recorded: list[dict[str, Any]] = []
        ended, bill = False, None
        while item is not None:
            if (said := shape.failed(item)) is not None:
                raise self.teller.broken("it says that it failed", said)
            ended = ended or shape.ends(item)
            billed = shape.bill(item)
            bill = billed if getattr(billed, "usage", None) or bill is None else bill
            data = _dump(item)
            await put(shape.load(data))
            _add(recorded, data)
            item = await self._next(stream)
        if not ended and not (heard.done and getattr(bill, "usage", None)):
            raise self.teller.broken("the stream ended before the text was finished")
        return recorded, bill

    async def _begin(self, send: Send, arguments: dict[str, Any], shape: _StreamShape) -> tuple[Any, Heard, Any]:
        """Open the stream and wait for its first item, so that an empty answer, or a refusal, can be tried again."""
        stream = await send(**arguments)
        if not hasattr(stream, "__aiter__"):
            raise NoAnswer("what it sent is no stream")
        try:
            heard = Heard(stream)
            item = await anext(aiter(stream))
            if (said := shape.failed(item)) is not None:
                raise Refused(said)
            return stream, heard, item
        except StopAsyncIteration:
            await stream.close()
            raise NoAnswer("the stream was empty") from None
        except BaseException:
            await stream.close()
            raise

    async def _next(self, stream: Any) -> Any:
        try:
            return await anext(aiter(stream))
        except StopAsyncIteration:
            return None
        except Exception as error:
            said = said_of(error)
            why = "the stream broke off in the middle" if said is None else "it says that it failed"
            raise self.teller.broken(why, said) from error

    async def tried(
        self,
        step: OpenStep,
        data: dict[str, Any],
        endpoint: Endpoint,
        ask: Callable[[Send, dict[str, Any]], Awaitable[Any]],
        used: Callable[[Any], int | None],
    ) -> Any:
        """Send until there is an answer or the policy gives up: on the providers' route, or to the one server."""

        async def at_one_server() -> Any:
            try:
                with sending():
                    return await self._in_time(ask(endpoint(self.client), self.arguments))
            except Exception as error:
                raise self.teller.told(error, step.tries) from error

        async def at(provider: Provider) -> Any:
            arguments = {**self.arguments, "model": provider.own_name(self.model)}
            return await self._in_time(ask(endpoint(self.client.of(provider)), arguments))

        if not self.client.providers:
            return await self.client.retry.tried(step, at_one_server)
        self.route = Route(
            self.client.providers, self.client.retry, step, model=self.model, tokens=_estimate(self.kind, data)
        )
        return await self.route.tried(at, used)

    async def _in_time(self, answer: Awaitable[Any]) -> Any:
        """A server that sends a byte now and then would never time out else."""
        given = self.arguments.get("timeout", openai.NOT_GIVEN)
        async with asyncio.timeout(limit_s(given, self.client.timeout)):
            return await answer

    def count(self, step: OpenStep, reply: Any, answer: Any) -> None:
        """Put the tokens and the cost of the reply on the step, and who gave it.

        Where the reply does not count its tokens, they are guessed from the request and the answer as recorded, for
        the run's budget alone: the step says that they are not known.
        """
        usage = usage_of(reply)
        model = getattr(reply, "model", None)
        model = text(model)[:MODEL_NAME_LENGTH] if isinstance(model, str) else ""
        if self.route is None:
            provider, model = "", model or self.model
            cost = None if usage is None else cost_microusd(model, usage.read, usage.written)
        else:
            answering = self.route.provider
            provider, model = answering.name, model or answering.own_name(self.model)
            cost = None if usage is None else answering.cost_microusd(self.model, model, usage.read, usage.written)
        if usage is None:
            guess = _guess(self.recorded_input(), answer)
            step.use(model=model, provider=provider, guessed_tokens=guess)
            return
        read, written = usage.read, usage.written
        step.use(model=model, provider=provider, input_tokens=read, output_tokens=written, cost_microusd=cost)


def _tokens_of(reply: Any) -> int | None:
    """Give the tokens that the reply has cost; None where it does not say."""
    usage = usage_of(reply)
    return None if usage is None else usage.tokens or None


def _guess(asked: dict[str, Any], answer: Any) -> int:
    """Guess the tokens of a request and of its answer from the length of what they say, four characters a token."""
    return _asked_tokens(asked) + sum(map(len, _said_texts(answer))) // CHARS_PER_TOKEN


def _said_texts(answer: Any) -> Iterator[str]:
    """Return the texts of an answer: those in which models speak, wherever they stand."""
    if isinstance(answer, list):
        for each in answer:
            yield from _said_texts(each)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if name in SPOKEN and isinstance(value, str):
                yield value
            elif name not in REPEATED:
                yield from _said_texts(value)


def _asked_tokens(data: dict[str, Any]) -> int:
    asked = len(to_json({name: data[name] for name in ("messages", "input", "tools") if name in data}))
    return asked // CHARS_PER_TOKEN


def _estimate(kind: str, data: dict[str, Any]) -> int:
    """Guess what a request will cost in tokens: its text, and the longest answer that it allows."""
    limits = (data.get(name) for name in ("max_completion_tokens", "max_tokens", "max_output_tokens"))
    answer = 0 if kind == "embed" else next((limit for limit in limits if limit), ANSWER_TOKENS)
    return _asked_tokens(data) + int(answer)


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
