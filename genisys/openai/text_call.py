"""One call of chats, responses or embeddings: what is sent, where, and what counts as an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import openai
from openai import BaseModel as SDKModel
from pydantic_core import to_jsonable_python

from ..answers.kept_answer import answer_of, record_of
from ..answers.pump import Pump, Put
from ..answers.stream_reading import Heard
from ..data.strict_json import text
from ..execution.steps import OpenStep, open_step
from ..providers.prices import cost_microusd
from ..providers.provider import Provider
from ..providers.provider_error import EmptyAnswer, ErrorDescriber, NoAnswer, ProviderError, Refused, said_of
from ..providers.route import Route
from ..providers.usage import usage_of
from .edited_requests import TRANSPORT_ARGUMENTS, arguments_of, check_request
from .recorded_call import limit_s, sending
from .recorded_stream import RecordedStream, add_chunk
from .routed_client import RoutedClient
from .shapes import Shape, StreamShape, dump, failure_of
from .token_estimates import estimated_tokens, guessed_tokens

MODEL_NAME_LENGTH = 200

Send = Callable[..., Awaitable[Any]]

Endpoint = Callable[[openai.AsyncOpenAI], Send]


class TextCall:
    """One call of one endpoint: what is sent, where, and what counts as an answer."""

    def __init__(self, client: RoutedClient, kind: str, arguments: dict[str, Any]) -> None:
        self.client = client
        self.kind = kind
        # Iterators are read more than once here: for the record, and for every try.
        self.arguments = {name: list(v) if isinstance(v, Iterator) else v for name, v in arguments.items()}
        self.model = str(arguments.get("model", ""))
        self.route: Route | None = None

    def step(self, data: dict[str, Any]) -> AbstractAsyncContextManager[OpenStep]:
        """Open the step of this request."""
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
    def error_describer(self) -> ErrorDescriber:
        if self.route is not None:
            return self.route.error_describer(self.route.provider)
        return ErrorDescriber(self.client.base_url.host, self.model, self.client.api_key)

    def recorded_input(self) -> dict[str, Any]:
        """Return the request as JSON data, without the API key and without which of several providers answers."""
        given = {
            name: value
            for name, value in self.arguments.items()
            if name not in TRANSPORT_ARGUMENTS and not isinstance(value, openai.NotGiven | openai.Omit)
        }
        where = {} if self.client.providers else {"host": self.client.base_url.host}
        data: dict[str, Any] = to_jsonable_python({**where, **given}, fallback=_schema_of)
        return data

    async def answer(self, endpoint: Endpoint, shape: Shape) -> Any:
        """Return the answer: the recorded one, or a new one."""

        async def ask(send: Send, arguments: dict[str, Any]) -> Any:
            reply = await send(**arguments)
            if not isinstance(reply, SDKModel):
                raise NoAnswer("what it sent is no answer")
            if not shape.usable(reply):
                if (said := failure_of(reply)) is not None:
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
        return shape.load(answer)  # made from the record, as in a replay: both give the same object

    async def stream(self, endpoint: Endpoint, shape: StreamShape) -> RecordedStream:
        """Open the stream; return it once its first item is here."""
        pump: Pump[Any] = Pump(lambda put: self._read(endpoint, shape, put))
        stream = RecordedStream(pump)
        await stream.open()
        return stream

    async def _read(self, endpoint: Endpoint, shape: StreamShape, put: Put[Any]) -> None:
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
                # The stream had begun well, which the gate counted: it must learn of the end.
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
        self, stream: Any, heard: Heard, item: Any, shape: StreamShape, put: Put[Any]
    ) -> tuple[list[Any], Any]:
        """Pass the stream on to its end; return what is recorded of it and the item that holds its usage.

        The item that ends it makes it whole. Some servers leave that out: then `[DONE]` and the usage do, which are
        sent only for a whole answer.
        """
        recorded: list[dict[str, Any]] = []
        ended, bill = False, None
        while item is not None:
            if (said := shape.failed(item)) is not None:
                raise self.error_describer.broken("it says that it failed", said)
            ended = ended or shape.ends(item)
            billed = shape.bill(item)
            bill = billed if getattr(billed, "usage", None) or bill is None else bill
            data = dump(item)
            await put(shape.load(data))  # what a replay would give
            add_chunk(recorded, data)
            item = await self._next(stream)
        if not ended and not (heard.done and getattr(bill, "usage", None)):
            raise self.error_describer.broken("the stream ended before the text was finished")
        return recorded, bill

    async def _begin(self, send: Send, arguments: dict[str, Any], shape: StreamShape) -> tuple[Any, Heard, Any]:
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
        except BaseException:  # A cancel too: the connection must not stay with a stream that nobody reads.
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
            raise self.error_describer.broken(why, said) from error

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
                raise self.error_describer.describe(error, step.tries) from error

        async def at(provider: Provider) -> Any:
            arguments = {**self.arguments, "model": provider.own_name(self.model)}
            return await self._in_time(ask(endpoint(self.client.of(provider)), arguments))

        if not self.client.providers:
            return await self.client.retry.tried(step, at_one_server)
        self.route = Route(
            self.client.providers, self.client.retry, step, model=self.model, tokens=estimated_tokens(self.kind, data)
        )
        return await self.route.tried(at, used)

    async def _in_time(self, answer: Awaitable[Any]) -> Any:
        """Bound the whole answer: the SDK's own time-out begins anew with each byte that a server sends."""
        given = self.arguments.get("timeout", openai.NOT_GIVEN)
        async with asyncio.timeout(limit_s(given, self.client.timeout)):
            return await answer

    def count(self, step: OpenStep, reply: Any, answer: Any) -> None:
        """Put the tokens and the cost of the reply on the step, and who answered.

        Where the reply does not report its tokens, they are estimated from the request and the answer as recorded, for
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
            guess = guessed_tokens(self.recorded_input(), answer)
            step.use(model=model, provider=provider, guessed_tokens=guess)
            return
        read, written = usage.read, usage.written
        step.use(model=model, provider=provider, input_tokens=read, output_tokens=written, cost_microusd=cost)


def _tokens_of(reply: Any) -> int | None:
    """Return the tokens that the reply reports; None where it reports none."""
    usage = usage_of(reply)
    return None if usage is None else usage.tokens or None


def _schema_of(value: Any) -> Any:
    if isinstance(value, type) and hasattr(value, "model_json_schema"):
        return value.model_json_schema()
    raise TypeError(f"{value!r} in a request to a model cannot be written as JSON")
