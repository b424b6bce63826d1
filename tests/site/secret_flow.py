"""A workflow that is given a secret and does with it what goes wrong: says it, raises it, asks an address with it."""

from __future__ import annotations

from pydantic import BaseModel, SecretStr

from genisys import Retry, component, status, workflow
from genisys.net import Fetcher


class Order(BaseModel):
    api_key: SecretStr


class Called(BaseModel):
    answer: str


@component(title=lambda key: f"Call with {key}", retry=Retry(attempts=2, base=0.01))
async def call(key: str) -> str:
    status(f"Calling with {key}")
    async with Fetcher(user_agent="test", allowed_private_hosts=frozenset({"127.0.0.1"})) as fetcher:
        await fetcher.get(f"http://127.0.0.1:1/{key}", headers={"authorization": f"Bearer {key}"})
    return key


@workflow(name="secret-flow")
async def secret_flow(order: Order) -> Called:
    return Called(answer=await call(order.api_key.get_secret_value()))
