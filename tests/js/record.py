"""Records tests/js/logs anew: logs of real runs, made in memory. Run it when the events themselves change.

python -m tests.js.record
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from pydantic import BaseModel

from genisys import (
    Retry,
    UserError,
    attempt,
    component,
    map_concurrent,
    progress,
    publish,
    record_usage,
    status,
    text,
    workflow,
)
from genisys.testing import Report, run_in_memory

LOGS = Path(__file__).parent / "logs"
ARTICLE = "Ein Satz mit Ümlauten, 😀 und 👩‍👩‍👧, a\u2028line, “quotes”, \\ and \t a tab.\n\n## Überschrift\n\nEnd."


class Pages(BaseModel):
    pages: int = 6
    fail: bool = False


class Words(BaseModel):
    words: int
    share: dict[str, int]


class Unavailable(Exception):
    """What a provider answers now and then."""


@component(retry=Retry(attempts=3, base=0.001, cap=0.002))
async def read(page: int) -> int:
    status(f"Reading page {page}")
    publish("page", {"url": f"/{page}", "stage": "reading"}, key=f"/{page}")
    if page == 2 and attempt() == 1:
        raise Unavailable("come back later")
    if page == 4:
        raise UserError("Page 4 wants a password: give another one.")
    record_usage(model=f"model-{page % 2}", input_tokens=100 + page, output_tokens=page, cost_microusd=12 * page)
    publish("page", {"url": f"/{page}", "stage": "read", "words": [page, None, True]}, key=f"/{page}")
    return page


@component(title="Write the article")
async def write(count: int) -> int:
    async with text("article", title="A “title” 😀") as article:
        for place in range(0, len(ARTICLE), 5):
            article.write(ARTICLE[place : place + 5])
            await asyncio.sleep(0.03)  # so that the text comes in many events, as from a model
    async with text("__proto__") as other:
        other.write("draft")
        other.replace("final")
    return count


@workflow(name="recorded")
async def recorded(request: Pages) -> Words:
    publish("began", {"note": "no key"})
    total = 0
    async for done in map_concurrent(read, list(range(request.pages)), limit=2):
        total += done.result or 0
        progress(done.index + 1, request.pages, "pages")
    await write(total)
    if request.fail:
        raise UserError("Nothing can be made of this: give other pages.")
    return Words(words=total, share={"b": 2, "a": 1, "\ue000": 3, "😀": 4})


def keep(name: str, report: Report) -> None:
    LOGS.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(event, ensure_ascii=False) for event in report.events)
    (LOGS / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


async def main() -> None:
    keep("completed", await run_in_memory(recorded, Pages()))
    keep("recovered", await run_in_memory(recorded, Pages(), crash_after={"read": 3}))
    keep("failed", await run_in_memory(recorded, Pages(fail=True)))


if __name__ == "__main__":
    asyncio.run(main())
