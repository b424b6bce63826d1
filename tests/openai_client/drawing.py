"""A workflow whose answer is bytes, for worker processes."""

from __future__ import annotations

import base64

from pydantic import BaseModel

from genisys import workflow
from genisys.openai import AsyncOpenAI


class Wish(BaseModel):
    base_url: str
    prompt: str = "a cat"


class Drawn(BaseModel):
    bytes: int


@workflow(name="draw")
async def draw(wish: Wish) -> Drawn:
    async with AsyncOpenAI(base_url=wish.base_url, api_key="k") as client:
        made = await client.images.generate(model="gpt-image-1", prompt=wish.prompt)
    assert made.data
    return Drawn(bytes=len(base64.b64decode(made.data[0].b64_json or "")))
