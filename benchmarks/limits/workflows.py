"""What the workers of `benchmarks.limits` run: calls to a model, one after another, through providers.

`BENCH_PROVIDERS` holds these as JSON, in the fields of `genisys.openai.Provider`.
"""

from __future__ import annotations

import os

from pydantic import BaseModel, TypeAdapter

from genisys import workflow
from genisys.openai import AsyncOpenAI, Provider, configure

PROVIDERS = "BENCH_PROVIDERS"

configure(TypeAdapter(list[Provider]).validate_json(os.environ.get(PROVIDERS, "[]")))


class Asking(BaseModel):
    calls: int


class Asked(BaseModel):
    answers: int


@workflow(name="bench-ask")
async def ask(request: Asking) -> Asked:
    """Ask so often, one call after another."""
    answers = 0
    async with AsyncOpenAI() as client:
        for number in range(request.calls):
            reply = await client.chat.completions.create(
                model="scripted", messages=[{"role": "user", "content": f"Question {number}"}]
            )
            answers += bool(reply.choices)
    return Asked(answers=answers)
