"""Asking a model: one call, one step; the reply as streamed text or as checked JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from agents.prompts import SMALL, Portion, Prompt, portion_for
from genisys import StepFailed, Text
from genisys.openai import AsyncOpenAI

Reply = TypeVar("Reply", bound=BaseModel)

DEFAULT_MODEL = "gpt-4.1-mini"
"""Asked where a key is given and no model is named."""


def model_name() -> str:
    """The model that the settings name."""
    return settings.GENISYS_MODEL or DEFAULT_MODEL


@dataclass(frozen=True, slots=True)
class Written:
    """A reply in words. `cut_off`: the model was stopped for length."""

    text: str
    cut_off: bool


class Model:
    """A model at the provider that the settings name. Errors of the provider come out as StepFailed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.portion = portion_for(name)
        self._client = AsyncOpenAI(api_key=settings.OPENAI_API_KEY or "none", base_url=settings.OPENAI_BASE_URL or None)

    async def stream(self, prompt: Prompt, into: Text, *, tried: int = 0) -> Written:
        """Stream the reply into a block of text."""
        stream = await self._client.chat.completions.create(
            model=self.name, messages=prompt.messages(), stream=True, **_limits(self.portion, tried)
        )
        cut_off = False
        async for chunk in stream:
            for choice in chunk.choices[:1]:
                into.write(choice.delta.content or "")
                cut_off = cut_off or choice.finish_reason == "length"
        return Written(into.text, cut_off)

    async def write(self, prompt: Prompt) -> Written:
        """The reply in one piece."""
        reply = await self._client.chat.completions.create(
            model=self.name, messages=prompt.messages(), **_limits(self.portion, 0)
        )
        choice = reply.choices[0] if reply.choices else None
        if choice is None:
            return Written("", cut_off=False)
        return Written(choice.message.content or "", choice.finish_reason == "length")

    async def answer(self, prompt: Prompt, schema: dict[str, Any], kind: type[Reply]) -> Reply | None:
        """The reply as JSON of this schema; None where it is not.

        A provider that refuses the schema is asked once more without it.
        """
        limits = _limits(self.portion, 0)
        asked: dict[str, Any] = {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": kind.__name__.lower(), "strict": True, "schema": schema},
            }
        }
        try:
            reply = await self._client.chat.completions.create(
                model=self.name, messages=prompt.messages(), **asked, **limits
            )
        except StepFailed as error:
            if not error.permanent:
                raise
            reply = await self._client.chat.completions.create(model=self.name, messages=prompt.messages(), **limits)
        return parse(reply.choices[0].message.content or "" if reply.choices else "", kind)


def parse(text: str, kind: type[Reply]) -> Reply | None:
    """The first JSON object in a reply, if it is one of this kind; an end that was cut off is borne."""
    start = text.find("{")
    if start < 0:
        return None
    end = text.rfind("}") + 1
    for piece in (text[start:end], text[start:]):
        try:
            return kind.model_validate(from_json(piece, allow_partial=True))
        except (ValueError, ValidationError):
            continue
    return None


def _limits(portion: Portion, tried: int) -> dict[str, Any]:
    """Small models need a cool head and a short lead; large ones choose for themselves."""
    if portion is SMALL:
        return {"max_tokens": portion.tokens, "temperature": 0.2 + 0.3 * tried}
    return {"max_completion_tokens": portion.tokens}
