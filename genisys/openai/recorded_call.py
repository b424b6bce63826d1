"""One call of the SDK inside a run, whatever method made it: a step that records the request and the HTTP answer.

The SDK makes its own objects from the recorded answer, live as in a replay: raw responses, pages, parsed and binary
content, streams. A stream is passed on as it comes and recorded at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

import httpx2
import openai
from openai._constants import RAW_RESPONSE_HEADER
from openai._models import FinalRequestOptions

from ..answers.exchange import (
    NO_STORE,
    answer_data,
    body_of,
    events_of,
    held,
    json_of,
    request_data,
    response_of,
    with_body,
)
from ..answers.pump import Pump, Put
from ..answers.unstreamed import event_stream_of
from ..core.blobs import blobs, check_room
from ..data.strict_json import text
from ..errors import GenisysError
from ..execution.scope import current
from ..execution.steps import OpenStep, open_step
from ..providers.error_words import Said, failure_in
from ..providers.prices import cost_microusd
from ..providers.provider import Provider
from ..providers.provider_error import ErrorDescriber, Refused
from ..providers.route import Route
from ..providers.usage import usage_of
from .routed_client import RoutedClient
from .sdk_calls import gives_bytes, is_paid, refusal
from .token_estimates import CHARS_PER_TOKEN

T = TypeVar("T")

_TEXT_PATHS = (
    "/chat/completions",
    "/completions",
    "/responses",
    "/embeddings",
)  # the price list has prices for their tokens
_STREAMED_TEXT = ("/chat/completions", "/completions", "/responses")
_LAST_EVENTS = ("response.completed", "response.incomplete")

_sending: ContextVar[bool] = ContextVar("genisys_sending", default=False)


@contextmanager
def sending() -> Iterator[None]:
    """Let the SDK send what a step under way asks for, without recording it again."""
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


def is_to_record() -> bool:
    """Return whether a request made here is to be a step: inside a run, and not sent by a step already."""
    return current.get() is not None and not _sending.get()


def refused(what: str, why: str) -> GenisysError:
    """Return the error of a call that a run may not make."""
    return GenisysError(f"{what} cannot be called inside a run: {why}", permanent=True)


def limit_s(given: Any, default: Any) -> float | None:
    """Return the seconds that one answer may take by the SDK's `timeout`; None for no limit."""
    if isinstance(given, openai.NotGiven):
        given = default
    read = getattr(given, "read", given)
    return float(read) if isinstance(read, int | float) else None


class RecordedCall:
    """One request, as the SDK's client gets it. Make one for each request and call `made` once."""

    def __init__(
        self, client: RoutedClient, cast_to: Any, options: FinalRequestOptions, *, stream: bool, stream_cls: Any
    ) -> None:
        self._client = client
        self._options = options
        self._cast_to = cast_to
        self._stream = stream
        self._stream_cls = stream_cls
        self._route: Route | None = None

    async def made(self) -> Any:
        """Return what the SDK's method returns. Raises GenisysError for a call that is refused inside a run."""
        method, path = self._options.method, self._options.url
        why = refusal(method, path)
        if not why and gives_bytes(method, path) and blobs() is None:
            why = NO_STORE
        if why:
            raise refused(f"{method.upper()} {path}", why)
        self._options = await held(self._options)
        self._cast_to = self._client._maybe_override_cast_to(self._cast_to, self._options)
        if not self._stream:
            return await self._processed(await self._answer())
        pump: Pump[Any] = Pump(self._read)
        status, headers = await anext(pump)
        return await self._processed(
            httpx2.Response(status, headers=headers, stream=_Body(pump), request=self._request)
        )

    async def _processed(self, response: httpx2.Response) -> Any:
        return await self._client._process_response(
            cast_to=self._cast_to,
            options=self._options,
            response=response,
            stream=self._stream,
            stream_cls=self._stream_cls,
        )

    # What it is

    @property
    def _request(self) -> httpx2.Request:
        return self._client._build_request(self._options)

    @property
    def _model(self) -> str:
        body = body_of(self._options)
        model = body.get("model") if isinstance(body, dict) else None
        return model if isinstance(model, str) else ""

    @property
    def _data(self) -> dict[str, Any]:
        where = {} if self._client.providers else {"host": self._client.base_url.host}
        return request_data(self._options, **where)

    @property
    def _is_paid(self) -> bool:
        return is_paid(self._options.method, self._options.url)

    @property
    def _error_describer(self) -> ErrorDescriber:
        if self._route is not None:
            return self._route.error_describer(self._route.provider)
        return ErrorDescriber(self._client.base_url.host, self._model, self._client.api_key)

    def _step(self) -> Any:
        path = self._options.url.strip("/")
        name = f"{path} {self._model}" if self._model else f"{self._options.method.lower()} {path}"
        title = f"Ask {self._model}" if self._model else f"Call {path}"
        return open_step(name, self._data, title=title, paid=self._is_paid, nested=False, call="request")

    # How it is answered

    async def _answer(self) -> httpx2.Response:
        async with self._step() as step:
            if step.recorded:
                recorded = step.value
            else:
                await self._must_have_room()
                response, said = await self._tried(step, self._whole)
                self._count(step, [said])
                recorded = await answer_data(response, response.content, _run_id(step))
                step.complete(recorded)
        return await response_of(recorded, self._request)

    async def _must_have_room(self) -> None:
        """Raise BlobNotKept where the bytes of the answer could not be stored."""
        if gives_bytes(self._options.method, self._options.url):
            await check_room()

    async def _whole(self, sdk: openai.AsyncOpenAI, options: FinalRequestOptions) -> tuple[httpx2.Response, Any]:
        """Return the answer, read, and its JSON."""
        response = await sdk.request(httpx2.Response, options)
        said = json_of(response.content)
        # Many objects have a field `error`; an answer that has neither `id` nor `object` beside it is a failure.
        if isinstance(said, dict) and said.get("error") and not {"id", "object"} & said.keys():
            raise Refused(failure_in(said) or Said(""))
        return response, said

    async def _read(self, put: Put[Any]) -> None:
        async with self._step() as step:
            if step.recorded:
                response = await response_of(step.value, self._request)
                await put((response.status_code, response.headers))
                await put(response.content)
                return
            await self._must_have_room()
            response = await self._tried(step, self._opened)
            parts: list[bytes] = []
            try:
                await put((response.status_code, response.headers))
                async for part in response.aiter_bytes():
                    parts.append(part)
                    await put(part)
            except (httpx2.HTTPError, httpx2.StreamError) as error:
                raise self._error_describer.broken("the stream broke off in the middle") from error
            finally:
                await response.aclose()
            body = b"".join(parts)
            said = body.decode(errors="replace")
            events = events_of(said)
            self._must_be_whole(said, events)
            self._count(step, events or [json_of(body)])
            step.complete(await answer_data(response, body, _run_id(step)))

    async def _opened(self, sdk: openai.AsyncOpenAI, options: FinalRequestOptions) -> httpx2.Response:
        # With `stream` the SDK does not read the body, and cast to httpx's type it returns the response itself.
        response: Any = await sdk.request(httpx2.Response, options, stream=True, stream_cls=openai.AsyncStream[Any])
        # Some proxies collect the stream and answer with one JSON body: an answer or a failure.
        if response.headers.get("content-type", "").partition(";")[0].endswith("json"):
            body = await response.aread()
            answer = json_of(body)
            headers = _unencoded(response)
            if options.url in _STREAMED_TEXT and (events := event_stream_of(answer)):
                body, headers = events, {**headers, "content-type": "text/event-stream"}
            elif (said := failure_in(answer)) is not None:
                await response.aclose()
                raise Refused(said)
            return httpx2.Response(response.status_code, headers=headers, content=body, request=response.request)
        return cast(httpx2.Response, response)

    def _must_be_whole(self, said: str, events: list[dict[str, Any]]) -> None:
        """Raise ProviderError where a stream reports a failure, or did not come to its end."""
        for event in events:
            if (event.get("error") and "object" not in event) or event.get("type") in ("error", "response.failed"):
                raise self._error_describer.broken("it says that it failed", failure_in(event))
        if not events or self._options.url not in _STREAMED_TEXT:
            return
        # Some servers leave the last event out; `[DONE]` and the usage together are sent only for a whole answer.
        ended = any(_ends(event) for event in events)
        if not ended and not ("data: [DONE]" in said and any(event.get("usage") for event in events)):
            raise self._error_describer.broken("the stream ended before the text was finished")

    async def _tried(self, step: OpenStep, ask: Callable[[openai.AsyncOpenAI, FinalRequestOptions], Awaitable[T]]) -> T:
        """Send until there is an answer or the policy gives up: to providers of the model, else to the first one."""
        options = _plain(self._options)
        seconds = limit_s(options.timeout, self._client.timeout)

        async def at_one_server() -> T:
            try:
                with sending():
                    async with asyncio.timeout(seconds):
                        return await ask(self._client, options)
            except Exception as error:
                raise self._error_describer.describe(error, step.tries) from error

        async def at(provider: Provider) -> T:
            sent = with_body(options, {**body_of(options), "model": provider.own_name(self._model)})
            async with asyncio.timeout(seconds):
                return await ask(self._client.of(provider), sent)

        serving = [each for each in self._client.providers if self._model and each.serves(self._model)]
        if not serving:
            answered: T = await self._client.retry.tried(step, at_one_server)
            return answered
        asked = len(str(body_of(options))) // CHARS_PER_TOKEN
        self._route = Route(serving, self._client.retry, step, model=self._model, tokens=asked)
        return await self._route.tried(at, lambda answered: None)

    def _count(self, step: OpenStep, said: list[Any]) -> None:
        """Put on the step who answered, and the tokens and the cost as far as they are known.

        `said` is the JSON of the answer, or that of a stream's events. Called before the answer is recorded: it was
        paid for, whether or not it can be stored.
        """
        if self._options.method.lower() != "post":
            return  # Reading and deleting cost nothing.
        replies = [*said, *(each.get("response") for each in said if isinstance(each, dict))]
        bill = next((each for each in reversed(replies) if usage_of(each) is not None), said[0])
        billed = bill.get("model") if isinstance(bill, dict) else None
        provider = "" if self._route is None else self._route.provider.name
        model = text(billed)[:200] if isinstance(billed, str) and billed else self._model
        usage = usage_of(bill)
        if not self._is_paid:
            step.use(model=model, provider=provider, cost_microusd=0)
        elif usage is None:
            guess = len(str(body_of(self._options) or "")) // CHARS_PER_TOKEN
            step.use(model=model, provider=provider, guessed_tokens=guess)
        else:
            cost = self._cost(model, usage.read, usage.written) if self._options.url in _TEXT_PATHS else None
            step.use(
                model=model,
                provider=provider,
                input_tokens=usage.read,
                output_tokens=usage.written,
                cost_microusd=cost,
            )

    def _cost(self, model: str, read: int, written: int) -> int | None:
        if self._route is None:
            return cost_microusd(model, read, written)
        return self._route.provider.cost_microusd(self._model, model, read, written)


class _Body(httpx2.AsyncByteStream):
    """The body of an answer, read from the pump."""

    def __init__(self, pump: Pump[Any]) -> None:
        self._pump = pump

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._pump:
            yield part

    async def aclose(self) -> None:
        await self._pump.aclose()


def _run_id(step: OpenStep) -> str:
    assert step.scope is not None  # outside a run nothing is recorded
    return step.scope.execution.lease.run_id


def _plain(options: FinalRequestOptions) -> FinalRequestOptions:
    """Return the request as one for the HTTP answer itself, whatever form the caller wants it in."""
    options = options.model_copy()
    if not isinstance(options.headers, openai.NotGiven):
        kept = {name: value for name, value in options.headers.items() if name != RAW_RESPONSE_HEADER}
        options.headers = kept
    return options


def _unencoded(response: httpx2.Response) -> dict[str, str]:
    # The body has been read, and so decoded.
    dropped = ("content-encoding", "content-length", "transfer-encoding")
    return {name: value for name, value in response.headers.items() if name not in dropped}


def _ends(event: dict[str, Any]) -> bool:
    choices = event.get("choices")
    if isinstance(choices, list) and any(isinstance(each, dict) and each.get("finish_reason") for each in choices):
        return True
    return event.get("type") in _LAST_EVENTS
