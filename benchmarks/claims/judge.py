"""The claims judged by a live model, asked as a run asks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openai import AsyncOpenAI

from agents.claims import Quote, Ruling, Verdicts
from agents.writing import judging
from agents.writing.model import parse

from .pairs import Judged, Pair


async def with_model(judged: Sequence[Judged], model: str) -> list[Judged]:
    """Return the pairs judged by the model where the rules let them pass; what it leaves out counts as refused."""
    client = AsyncOpenAI()
    left = [pair for pair, accepted in judged if accepted]
    accepted: set[tuple[str, str]] = set()
    for start in range(0, len(left), judging.BATCH):
        accepted |= await _accepted(client, left[start : start + judging.BATCH], model)
    return [(pair, (pair.evidence, pair.claim) in accepted) for pair, _ in judged]


async def _accepted(client: AsyncOpenAI, batch: Sequence[Pair], model: str) -> set[tuple[str, str]]:
    asked = judging.judge([judging.Question(pair.claim, (Quote(0, pair.evidence, 1.0),)) for pair in batch])
    schema = {"name": "verdicts", "strict": True, "schema": judging.judge_schema()}
    shape: Any = {"type": "json_schema", "json_schema": schema}
    reply = await client.chat.completions.create(model=model, messages=asked.messages(), response_format=shape)
    found = parse(reply.choices[0].message.content or "", Verdicts)
    return {
        (batch[verdict.n - 1].evidence, batch[verdict.n - 1].claim)
        for verdict in (found.verdicts if found else [])
        if verdict.ruling in (Ruling.SUPPORTED, Ruling.NO_CLAIM) and 0 < verdict.n <= len(batch)
    }
