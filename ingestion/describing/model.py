"""Asking the model for JSON: one call, one step. What comes back is data to be checked, or None."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from genisys import StepFailed
from ingestion.describing.prompts import CUT_OFF, Question
from language.languages import language_of
from runs.providers import is_built_in, model_name, new_client

if TYPE_CHECKING:
    from genisys.openai import AsyncOpenAI

TOKENS_TO_THINK = 1000

_NOT_UNDERSTOOD = frozenset({400, 422})


def understands(model: str, text: str) -> bool:
    """Return whether the model may be asked about a text: the built-in one knows only English.

    What it says of other texts is their own words with other endings, which no check of words finds out.
    """
    return not is_built_in(model) or language_of(text) == "en"


_client: ContextVar[AsyncOpenAI | None] = ContextVar("ingestion_model_client", default=None)


@asynccontextmanager
async def asking() -> AsyncIterator[AsyncOpenAI]:
    """Yield one client, and so its connections, for all questions inside the block."""
    known = _client.get()
    if known is not None:
        yield known
        return
    async with new_client() as client:
        token = _client.set(client)
        try:
            yield client
        finally:
            _client.reset(token)


async def answer(question: Question, *, temperature: float = 0.0) -> dict[str, Any] | None:
    """Return the answer to a question; None where it is not a JSON object.

    A provider that refuses the schema is asked again without it. Raises StepFailed where the provider does not answer.
    """
    shape: Any = {
        "type": "json_schema",
        "json_schema": {"name": question.name, "strict": False, "schema": question.schema},
    }
    async with asking() as client:
        create = client.chat.completions.create
        try:
            reply = await create(
                model=model_name(),
                messages=question.messages(),
                response_format=shape,
                max_tokens=question.tokens,
                temperature=temperature,
            )
        except StepFailed as error:
            if error.detail.get("status") not in _NOT_UNDERSTOOD:
                raise
            # Some models take neither a schema nor a temperature, and call the limit by its newer name.
            roomy = max(question.tokens, TOKENS_TO_THINK)
            reply = await create(model=model_name(), messages=question.messages(), max_completion_tokens=roomy)
    return parse(reply.choices[0].message.content or "" if reply.choices else "")


def parse(text: str) -> dict[str, Any] | None:
    """Return the JSON object in an answer, even where its end was cut off; a text that was cut ends in CUT_OFF."""
    start = text.find("{")
    if start < 0:
        return None
    for piece in (text[start : text.rfind("}") + 1], text[start:]):
        try:
            value = from_json(piece, allow_partial="trailing-strings")
            finished = from_json(piece, allow_partial=True)
        except ValueError:
            continue
        if isinstance(value, dict):
            cut = [name for name, value in value.items() if isinstance(value, str) and name not in finished]
            return value | {name: value[name] + CUT_OFF for name in cut}
    return None
