"""A run of many paid calls, each of which can be told from all others by what it asks."""

from __future__ import annotations

from pydantic import BaseModel

from genisys import workflow
from runs.providers import model_name, new_client


class Order(BaseModel):
    name: str
    letters: int = 6


class Letters(BaseModel):
    written: list[str]


@workflow(name="letters", title=lambda order: f"Letters to {order.name}")
async def letters(order: Order) -> Letters:
    """Ask for one letter after another."""
    written = []
    async with new_client() as client:
        for number in range(order.letters):
            ask = {"role": "user", "content": f"Letter {number} to {order.name}"}
            answer = await client.chat.completions.create(model=model_name(), messages=[ask])
            written.append(answer.choices[0].message.content or "")
    return Letters(written=written)
