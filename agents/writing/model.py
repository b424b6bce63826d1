"""Asking a model: one call, one step; the reply as streamed text or as checked JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from agents.writing.prompts import SMALL, Prompt, portion_for
from genisys import StepFailed, Text
from language.sentences import is_complete, split_sentences
from runs.providers import new_client

Reply = TypeVar("Reply", bound=BaseModel)
_ENDS = ('"', ",", "}", "]", ".")
"""With one of these a piece of JSON may have ended a value that is worth showing."""


@dataclass(frozen=True, slots=True)
class Written:
    """A reply in words. `cut_off`: the model was stopped for length."""

    text: str
    cut_off: bool


class Model:
    """A model at the provider that the settings name, open while its `async with` lasts.

    Calls raise StepFailed where the provider fails.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.portion = portion_for(name)
        self._client = new_client()

    async def __aenter__(self) -> Model:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def stream(self, requests: Sequence[Prompt], into: Text) -> Written:
        """Stream the replies into a block of text, one after another, a paragraph or more each."""
        parts: list[str] = []
        cut_off = False
        for prompt in requests:
            if parts:
                into.write("\n\n")
            pieces: list[str] = []
            cut_off = False
            stream = await self._client.chat.completions.create(
                model=self.name, messages=prompt.messages(), stream=True, **self._limits(prompt)
            )
            async for chunk in stream:
                for choice in chunk.choices[:1]:
                    piece = (choice.delta.content if choice.delta else None) or ""
                    pieces.append(piece)
                    into.write(piece)
                    cut_off = cut_off or choice.finish_reason == "length"
            reply = "".join(pieces).strip()
            parts.append(_whole_sentences(reply) if cut_off and prompt is not requests[-1] else reply)
        return Written("\n\n".join(parts), cut_off)

    async def write(self, prompt: Prompt) -> Written:
        """Return the reply in one piece."""
        reply = await self._client.chat.completions.create(
            model=self.name, messages=prompt.messages(), **self._limits(prompt)
        )
        choice = reply.choices[0]
        return Written(choice.message.content or "", choice.finish_reason == "length")

    async def answer(self, prompt: Prompt, schema: dict[str, Any], kind: type[Reply]) -> Reply | None:
        """Return the reply, read as JSON of this schema; None where it is not.

        A provider that refuses the schema is asked once more without it.
        """
        reply = await self._shaped(prompt, schema, kind)
        return parse(reply.choices[0].message.content or "", kind)

    async def grow(
        self, prompt: Prompt, schema: dict[str, Any], kind: type[Reply], show: Callable[[Reply], None]
    ) -> tuple[Reply | None, bool]:
        """Return the reply like `answer`, and whether the model was stopped for length.

        `show` is given what there is of it so far at the end of each line or value.
        """
        text, cut_off = "", False
        async for chunk in await self._shaped(prompt, schema, kind, stream=True):
            for choice in chunk.choices[:1]:
                piece = (choice.delta.content if choice.delta else None) or ""
                text += piece
                if any(sign in piece for sign in _ENDS) and (so_far := parse(text, kind)):
                    show(so_far)
                cut_off = cut_off or choice.finish_reason == "length"
        return parse(text, kind), cut_off

    async def _shaped(self, prompt: Prompt, schema: dict[str, Any], kind: type[Reply], **options: Any) -> Any:
        asked = {"model": self.name, "messages": prompt.messages(), **self._limits(prompt), **options}
        strict = self.portion is not SMALL
        shape = {"name": kind.__name__.lower(), "strict": strict, "schema": schema}
        shaped = {**asked, "response_format": {"type": "json_schema", "json_schema": shape}}
        try:
            return await self._client.chat.completions.create(**shaped)
        except StepFailed as error:
            if not error.permanent:
                raise
            return await self._client.chat.completions.create(**asked)

    def _limits(self, prompt: Prompt) -> dict[str, Any]:
        """Return the limits of a call. Small models wander unless the temperature is 0; some large ones refuse one."""
        tokens = prompt.tokens or self.portion.tokens
        if self.portion is SMALL:
            return {"max_tokens": tokens, "temperature": 0}
        return {"max_completion_tokens": tokens}


def parse(text: str, kind: type[Reply]) -> Reply | None:
    """Return the first JSON object in a reply if it is one of this kind, even where its end was cut off; else None."""
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


def _whole_sentences(text: str) -> str:
    """Return the text without the unfinished sentence at its end."""
    found = split_sentences(text)
    return text if not found or is_complete(found[-1]) else text[: len(text) - len(found[-1])].rstrip()
