"""A workflow that takes a field of each kind, says something of each kind, and ends at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Base64Bytes, BaseModel, Field, SecretStr

from genisys import UserError, component, gather, publish, publish_object, status, workflow


class Period(BaseModel):
    """The time that the report is about."""

    months: int = Field(12, ge=1, le=24, description="At most two years.")
    through: Literal["today", "last month"] = "today"


class Order(BaseModel):
    topic: str = Field(description="What the report is about.", examples=["Solar roofs"])
    tone: Literal["plain", "warm", "brisk"] = "plain"
    regions: list[str] = Field(["North", "South"], description="Where to look.")
    charts: bool = Field(True, title="With charts")
    period: Period = Period()
    figures: Base64Bytes | None = Field(None, description="A spreadsheet of your own, if there is one.")
    budget: float | None = Field(None, gt=0, description="In US dollars.")
    api_key: SecretStr | None = None


class Report(BaseModel):
    summary: str
    regions: list[dict[str, str | int]]


@component
async def survey(region: str) -> int:
    return len(region)


@workflow(name="order-report", title=lambda order: f"Report on {order.topic}")
async def order_report(order: Order) -> Report:
    """Survey a topic region by region and sum up what was found. Takes a moment."""
    publish_object("plan", {"topic": order.topic, "sections": ["Survey", "Summary"]})
    found = await gather(*(survey(region) for region in order.regions))
    rows = [{"region": region, "sources": count} for region, count in zip(order.regions, found, strict=True)]
    for row in rows:
        publish("region", row, key=str(row["region"]))
    summary = f"## {order.topic}\n\nFound in *{len(rows)}* regions.\n\n- plain\n- calm"
    return Report(summary=summary, regions=rows)


class Lookup(BaseModel):
    region: str
    api_key: SecretStr


@component
async def ask(question: str) -> str:
    status(f"Asked {question}")
    return question


@workflow(name="talkative-lookup", title=lambda lookup: f"Lookup of {lookup.region}")
async def talkative_lookup(lookup: Lookup) -> Report:
    """Look a region up. Its author was careless: the key is in what it says, does, publishes and fails with."""
    said = await ask(f"{lookup.region} with {lookup.api_key.get_secret_value()}")
    publish("answer", {"said": said}, key="answer")
    raise UserError(f"Nobody answers to: {said}")
