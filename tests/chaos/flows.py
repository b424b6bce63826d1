"""The workflow of the storm: paid calls one after another, side by side and streamed, with a nap between."""

from __future__ import annotations

from pydantic import BaseModel

from genisys import Retry, component, map_concurrent, sleep, status, text, workflow
from genisys.openai import AsyncOpenAI


class Order(BaseModel):
    name: str
    base_url: str
    calls: int = 3
    nap: float = 0.3


class Answer(BaseModel):
    words: list[str]
    story: str


def client(base_url: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=base_url, api_key="test", retry=Retry(attempts=20, base=0.1, cap=1))


@component(retry=Retry(attempts=20, base=0.1, cap=1))
async def ask(base_url: str, prompt: str) -> str:
    async with client(base_url) as provider:
        reply = await provider.chat.completions.create(
            model="scripted", messages=[{"role": "user", "content": prompt}], stream=True
        )
        words = [chunk.choices[0].delta.content or "" async for chunk in reply if chunk.choices]
    return "".join(words)


@component(retry=Retry(attempts=20, base=0.1, cap=1))
async def tell(base_url: str, prompt: str) -> str:
    async with client(base_url) as provider, text("story") as out:
        async for chunk in await provider.chat.completions.create(
            model="scripted", messages=[{"role": "user", "content": prompt}], stream=True
        ):
            if chunk.choices:
                out.write(chunk.choices[0].delta.content or "")
    return out.text


@workflow(name="storm")
async def storm(order: Order) -> Answer:
    """Ask for words in order, then side by side, then tell a story."""
    words = []
    for n in range(order.calls):
        status(f"Word {n}")
        words.append(await ask(order.base_url, f"{order.name} in order {n}"))
    await sleep(order.nap)
    prompts = [f"{order.name} beside {n}" for n in range(order.calls)]
    found: dict[int, str] = {}

    async def one(prompt: str) -> str:
        return await ask(order.base_url, prompt)

    async for done in map_concurrent(one, prompts, limit=3):
        found[done.index] = done.result or f"failed: {done.error}"
    words.extend(found[n] for n in sorted(found))
    return Answer(words=words, story=await tell(order.base_url, f"{order.name} story"))
