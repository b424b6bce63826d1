"""The client of the OpenAI SDK whose calls are steps of the run."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import openai
from openai._models import FinalRequestOptions
from openai.lib._parsing import parse_chat_completion
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
from openai.resources.embeddings import AsyncEmbeddings
from openai.resources.responses import AsyncResponses
from openai.types.chat import ChatCompletion

from .recorded_call import RecordedCall, is_to_record, refused
from .routed_client import RoutedClient
from .sdk_calls import SOCKET
from .shapes import (
    CHAT,
    CHAT_STREAM,
    EMBEDDINGS,
    RESPONSE,
    RESPONSE_STREAM,
    Shape,
    without_parsed,
)
from .text_call import TextCall

RAW_RESPONSE_HEADER = "X-Stainless-Raw-Response"  # set by the SDK's with_raw_response and with_streaming_response


class AsyncOpenAI(RoutedClient):
    """The SDK's client; takes its arguments. `retry` is the policy for each call (default: 5 tries, cap 20 s).

    With `providers`, or where `configure` named some and no address or key is given, calls go to these; a call without
    a model that one of them serves (files, batches, …) goes to the first. Otherwise, and with an empty `providers`, it
    is a client of one server, like the SDK's own.
    """

    async def request(
        self, cast_to: Any, options: FinalRequestOptions, *, stream: bool = False, stream_cls: Any = None
    ) -> Any:
        """Send one request, as all methods of the SDK do; inside a run it is a step."""
        if not is_to_record():
            return await super().request(cast_to, options, stream=stream, stream_cls=stream_cls)
        return await RecordedCall(self, cast_to, options, stream=stream, stream_cls=stream_cls).made()

    # The SDK calls one of these two for each request or socket. `request` above sends from within a step, where
    # `is_to_record` is False: whatever else comes through here would go unrecorded.
    async def _prepare_options(self, options: FinalRequestOptions) -> FinalRequestOptions:
        self._refuse_sockets()
        return await super()._prepare_options(options)

    async def _refresh_api_key(self) -> str:
        self._refuse_sockets()
        return await super()._refresh_api_key()

    def _refuse_sockets(self) -> None:
        """Raise GenisysError where anything but `request` is about to reach the server inside a run."""
        if is_to_record():
            raise refused("A live connection of the SDK (`connect`)", SOCKET)

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
            # A stream does not report its tokens unless asked to.
            options = {"include_usage": True, **(arguments.get("stream_options") or {})}
            call = TextCall(self._client, "chat", {**arguments, "stream_options": options})
            return await call.stream(lambda sdk: AsyncCompletions(sdk).create, CHAT_STREAM)
        return await TextCall(self._client, "chat", arguments).answer(lambda sdk: AsyncCompletions(sdk).create, CHAT)

    async def parse(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().parse(**arguments)

        def load(data: dict[str, Any]) -> Any:
            return parse_chat_completion(
                chat_completion=ChatCompletion.construct(**data),
                response_format=arguments.get("response_format", openai.omit),
                input_tools=arguments.get("tools", openai.omit),
            )

        shape = Shape(load, CHAT.usable, without_parsed)
        return await TextCall(self._client, "chat parse", arguments).answer(
            lambda sdk: AsyncCompletions(sdk).parse, shape
        )


class _Responses(AsyncResponses):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().create(**arguments)
        call = TextCall(self._client, "response", arguments)
        if arguments.get("stream"):
            return await call.stream(lambda sdk: AsyncResponses(sdk).create, RESPONSE_STREAM)
        return await call.answer(lambda sdk: AsyncResponses(sdk).create, RESPONSE)


class _Embeddings(AsyncEmbeddings):
    _client: AsyncOpenAI

    async def create(self, **arguments: Any) -> Any:
        if _wants_raw(arguments):
            return await super().create(**arguments)
        # The SDK's own default, base64, would be unpacked into floats before we see it; so ask for floats.
        arguments.setdefault("encoding_format", "float")
        return await TextCall(self._client, "embed", arguments).answer(
            lambda sdk: AsyncEmbeddings(sdk).create, EMBEDDINGS
        )


def _wants_raw(arguments: dict[str, Any]) -> bool:
    return RAW_RESPONSE_HEADER in (arguments.get("extra_headers") or {})
