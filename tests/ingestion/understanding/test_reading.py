"""Facts in a reading: found on the pages, kept with their quotes, paid for once, and shown while they are found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from genisys.host import Engine
from genisys.testing import run_in_memory
from ingestion.hooks import present
from ingestion.knowledge.known import known_of
from ingestion.models import Fact, Page
from ingestion.requests import IngestRequest
from ingestion.understanding.quotes import Quotable
from ingestion.workflow import ingest_site

pytestmark = pytest.mark.django_db(transaction=True)

PRICES = "Vela is a marina on Lake Orta, where Ada Rossi runs the office. A berth costs {price} euros a year. "
MORE = "Guests may stay for three nights without a contract, and the gate is closed from ten in the evening until six."


def reader(request: dict[str, Any]) -> str:
    """A strong model as far as it goes: true facts in words of its own, one without a quote, one that is invented."""
    said = request["messages"][-1]["content"]
    name = request["response_format"]["json_schema"]["name"]
    if name != "page":
        return json.dumps({"what": "Vela is a marina on Lake Orta.", "audience": "", "groups": [1]})
    price = "1,250" if "1,250" in said else "1,100"
    facts = [
        {"statement": f"A yearly berth costs {price} euros.", "quote": f"A berth costs {price} euros a year",
         "kind": "price", "about": "berth", "date": "2026" if price == "1,250" and "2026" in said else ""},
        {"statement": "Guests may stay three nights.", "quote": "Guests may stay three nights", "kind": "rule",
         "about": "", "date": ""},
        {"statement": "A berth costs 90 euros.", "quote": "A berth costs 90 euros", "kind": "price", "about": "berth",
         "date": ""},
    ]  # fmt: skip
    return json.dumps(
        {
            "type": "pricing",
            "summary": "Vela, a marina on Lake Orta, rents berths by the year.",
            "facts": facts,
            "entities": [{"name": "Ada Rossi", "kind": "person"}],
            "audience": "",
            "questions": [],
            "topics": ["marina"],
        }
    )


def put_there(site: Any) -> None:
    site.page("/", ["/fees", "/fees-old"], text=PRICES.format(price="1,250") + MORE)
    site.page("/fees", text=MORE + " " + PRICES.format(price="1,250"))
    site.page("/fees-old", text="As it was before: " + PRICES.format(price="1,100") + MORE)


async def test_facts_stand_on_their_pages_and_those_of_several_pages_are_one(site: Any, model: Any) -> None:
    put_there(site)
    model.script = reader
    report = await run_in_memory(ingest_site, IngestRequest(url=site.url))
    async for fact in Fact.objects.select_related("page"):
        assert Quotable(fact.page.text).find(fact.quote) == fact.quote
    assert {fact.statement async for fact in Fact.objects.all()} == {
        "A yearly berth costs 1,250 euros.",
        "A yearly berth costs 1,100 euros.",
    }
    (price,) = report.output.known["price"]
    assert (price.statement, len(price.sources)) == ("A yearly berth costs 1,250 euros.", 2)
    assert [each.statement for each in price.disputed] == ["A yearly berth costs 1,100 euros."]
    assert {page.summary_by async for page in Page.objects.all()} == {"scripted"}

    assert present.found_words(report.state) == "3 facts, 3 people"
    (shown,) = known_of(report.state["items"]["profile"]["profile"])
    assert shown["label"] == "Prices"
    assert shown["facts"][0]["sources"][0]["place"].endswith("#:~:text=A%20berth%20costs%201%2C250%20euros%20a%20year")
    assert "no date decides" in shown["facts"][0]["against"][0]["words"]


async def test_a_second_reading_of_an_unchanged_site_pays_for_nothing(site: Any, model: Any, redis_url: str) -> None:
    put_there(site)
    model.script = reader
    async with Engine(redis_url, deployment="test") as engine:
        await run_in_memory(ingest_site, IngestRequest(url=site.url), store=engine.store, run_id="first")
        asked = model.kinds()
        await run_in_memory(ingest_site, IngestRequest(url=site.url), store=engine.store, run_id="second")
        assert asked["page"] == 3 and model.kinds() == asked
        site.page("/fees", text=MORE + " " + PRICES.format(price="1,300"))
        await run_in_memory(ingest_site, IngestRequest(url=site.url), store=engine.store, run_id="third")
        assert model.kinds()["page"] == 4


async def test_without_a_model_s_facts_the_page_s_own_sentences_are_kept(site: Any, model: Any) -> None:
    put_there(site)
    model.script = lambda asked: "no JSON at all"
    await run_in_memory(ingest_site, IngestRequest(url=site.url))
    facts = [fact async for fact in Fact.objects.filter(page__url=f"{site.url}/")]
    assert {fact.by for fact in facts} == {"extract"}
    assert [fact.statement for fact in facts] == [
        "Vela is a marina on Lake Orta, where Ada Rossi runs the office.",
        "A berth costs 1,250 euros a year.",
    ]
