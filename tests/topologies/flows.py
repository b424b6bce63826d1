"""A workflow of many short steps, each of which tells how often it was begun."""

from __future__ import annotations

import asyncio
from collections import Counter

from pydantic import BaseModel

from genisys import component, workflow

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
