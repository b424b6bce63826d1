"""The client of one server or of several providers, through which everything here sends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import httpx2
import openai
from openai._base_client import AsyncHttpxClientWrapper

from ..net.tls import shared_context
from ..policies.retry import Retry
from ..providers.provider import Provider, configured, in_order

CALL_RETRY = Retry(attempts=5, base=0.5, cap=20.0)

CALL_TIMEOUT_S = 120.0

CONNECT_TIMEOUT_S = 5.0

CONNECT_TO_ONE_OF_MANY_S = 2.0  # shorter, as another provider can be asked instead

OF_ONE_PROVIDER = frozenset({"api_key", "base_url", "http_client"})


class RoutedClient(openai.AsyncOpenAI):
    """The SDK's client with the providers that its calls go to, and the policy by which calls are tried again."""

    def __init__(
        self, *, retry: Retry = CALL_RETRY, providers: Iterable[Provider] | None = None, **arguments: Any
    ) -> None:
        # `configure` counts only for a client that names no server of its own.
        if providers is None and not OF_ONE_PROVIDER & {name for name, value in arguments.items() if value is not None}:
            providers = configured()
        self.providers = in_order(providers or ())
        if self.providers:
            # The SDK needs one address and key: calls that name no model go there.
            arguments.update(base_url=self.providers[0].base_url, api_key=self.providers[0].api_key)
        arguments["max_retries"] = 0  # `retry` does it: its tries are recorded, and survive a crash
        if arguments.get("timeout") in (None, openai.NOT_GIVEN):
            connect = CONNECT_TO_ONE_OF_MANY_S if len(self.providers) > 1 else CONNECT_TIMEOUT_S
            arguments["timeout"] = openai.Timeout(CALL_TIMEOUT_S, connect=connect)
        if arguments.get("http_client") is None:
            # What the SDK makes of itself, but for the context.
            arguments["http_client"] = AsyncHttpxClientWrapper(
                verify=shared_context(httpx2.create_ssl_context), timeout=arguments["timeout"]
            )
        super().__init__(**arguments)
        self.retry = retry
        self._of: dict[str, openai.AsyncOpenAI] = {}

    def copy(self, **changes: Any) -> Self:
        """Return a client with other options, as the SDK's `copy` does; of one server where address or key is given."""
        elsewhere = OF_ONE_PROVIDER & changes.keys()
        extra = {"retry": self.retry, "providers": () if elsewhere else self.providers}
        return super().copy(**changes, _extra_kwargs={**extra, **(changes.pop("_extra_kwargs", None) or {})})

    with_options = copy

    def of(self, provider: Provider) -> openai.AsyncOpenAI:
        """Return the SDK's client of one provider, over this one's connections."""
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
