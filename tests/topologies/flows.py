"""Workflows of many short steps, each of which tells how often it was begun, and of paid ones, which tell when."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from pydantic import BaseModel

from genisys import component, workflow
from genisys.openai import AsyncOpenAI

begun: Counter[str] = Counter()


class Order(BaseModel):
    name: str
    steps: int


class Sum(BaseModel):
    total: int


@component
async def add(name: str, n: int) -> int:
    begun[f"{name} {n}"] += 1
    await asyncio.sleep(0.1)  # so that a fault finds steps under way
    return n


@workflow(name="topologies-add")
async def add_all(order: Order) -> Sum:
    return Sum(total=sum([await add(order.name, n) for n in range(order.steps)]))


@dataclass(slots=True)
class Body:
    """One time that a step's body ran: its number, and from when to when (monotonic); 0 while it runs."""

    step: int
    began_s: float
    ended_s: float = 0.0


@dataclass(slots=True)
class Stage:
    """What `ask_all` does here: its bodies by the run's name, and the gate at which each run's second step waits."""

    bodies: dict[str, list[Body]] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def at_the_gate(self, times: int) -> bool:
        """Return whether each run's second step was begun so often."""
        return all(sum(body.step == 1 for body in bodies) >= times for bodies in self.bodies.values())


stage = Stage()


class Questions(BaseModel):
    name: str
    base_url: str


class Answers(BaseModel):
    words: list[str]


@component
async def ask(name: str, n: int, base_url: str) -> str:
    body = Body(n, time.monotonic())
    stage.bodies[name].append(body)
    try:
        async with AsyncOpenAI(base_url=base_url, api_key="test") as provider:
            asked = [{"role": "user", "content": f"{name} {n}"}]
            reply = await provider.chat.completions.create(model="scripted", messages=asked)
        if n == 1:
            await stage.gate.wait()
        return reply.choices[0].message.content or ""
    finally:
        body.ended_s = time.monotonic()


@workflow(name="topologies-ask")
async def ask_all(order: Questions) -> Answers:
    return Answers(words=[await ask(order.name, n, order.base_url) for n in range(3)])
