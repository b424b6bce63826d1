"""Providers of models, in order: where they are, what they call a model, what it costs, what their quotas are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import ConfigDict

from ..limits.gates import Limits
from .prices import cost_microusd

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs: US dollars for a million tokens read (`input`) and written (`output`)."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    input: float
    output: float = 0.0


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider of models under one API key.

    `models` maps the names that the code uses to this provider's own; where it is given, the provider is asked for
    these names only, else for any name unchanged. `prices` holds prices by either name, and overrides the built-in
    price list. `requests_per_minute` and `tokens_per_minute` are the key's quota, which all workers share; None where
    there is none that is known. Providers with the same address and key share one quota and one circuit breaker.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str
    base_url: str = OPENAI_URL
    api_key: str = field(default="none", repr=False)
    models: Mapping[str, str] = field(default_factory=dict)
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a provider needs a name")
        if not self.host or urlsplit(self.base_url).scheme not in ("http", "https"):
            raise ValueError(f"provider {self.name!r}: base_url must be an http:// or https:// address")
        for limit in (self.requests_per_minute, self.tokens_per_minute):
            if limit is not None and limit <= 0:
                raise ValueError(f"provider {self.name!r}: a quota is a number over 0, or left out")

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def gate(self) -> str:
        """The name of its gate: the same for the same address and key, which it does not reveal."""
        return hashlib.blake2b(f"{self.base_url} {self.api_key}".encode(), digest_size=12).hexdigest()

    @property
    def limits(self) -> Limits:
        return Limits(self.requests_per_minute, self.tokens_per_minute)

    def serves(self, model: str) -> bool:
        return not self.models or model in self.models

    def own_name(self, model: str) -> str:
        """Return what this provider calls the model."""
        return self.models.get(model, model)

    def cost_microusd(self, model: str, answered: str, read: int, written: int) -> int | None:
        """Return the cost of a call for `model` that was answered as `answered`; None where no price is known."""
        for name in (model, self.own_name(model), answered):
            price = self.prices.get(name)
            if price is not None:
                return round(read * price.input + written * price.output)
        return cost_microusd(answered or self.own_name(model), read, written)


_configured: tuple[Provider, ...] = ()


def configure(providers: Iterable[Provider]) -> None:
    """Set the providers of this process, in the order in which they are asked.

    Clients without `providers`, address or key of their own use them. Raises ValueError where
    two have the same name.
    """
    global _configured
    _configured = in_order(providers)


def configured() -> tuple[Provider, ...]:
    """Return the providers of this process; none by default."""
    return _configured


def in_order(providers: Iterable[Provider]) -> tuple[Provider, ...]:
    """Return the providers as a tuple. Raises ValueError where two have the same name."""
    given = tuple(providers)
    names = [provider.name for provider in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two providers are named {twice[0]!r}: each needs a name of its own")
    return given
