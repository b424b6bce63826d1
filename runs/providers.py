"""The providers of models that the settings name, for whatever workflow asks a model."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from genisys import Provider
from genisys.localmodel import MODEL_NAME

if TYPE_CHECKING:
    from genisys.openai import AsyncOpenAI

DEFAULT_MODEL = "gpt-4.1-mini"
"""Asked where a key is given and no model is named."""


def model_name() -> str:
    """Return the model that the settings name."""
    return settings.GENISYS_MODEL or DEFAULT_MODEL


def is_built_in(model: str) -> bool:
    """Return whether it is the small model that comes with the product: too small for facts, and for judging any."""
    return model == MODEL_NAME


def providers() -> list[Provider]:
    """Return the providers in the order in which they are asked.

    The one server that OPENAI_API_KEY and OPENAI_BASE_URL name is a provider too: its outages and limits fail no run,
    which waits off its worker until the server answers again.
    """
    if settings.GENISYS_PROVIDERS:
        return list(settings.GENISYS_PROVIDERS)
    key = settings.OPENAI_API_KEY or "none"
    if not settings.OPENAI_BASE_URL:
        return [Provider("OpenAI", api_key=key)]
    name = urlsplit(settings.OPENAI_BASE_URL).netloc.rpartition("@")[2]
    return [Provider(name, base_url=settings.OPENAI_BASE_URL, api_key=key)]


def new_client() -> AsyncOpenAI:
    """Return a client of these providers, to be closed by the caller."""
    # A second's worth of modules, which only workers need: they import them before they take a run.
    from genisys.openai import AsyncOpenAI

    return AsyncOpenAI(providers=providers())
