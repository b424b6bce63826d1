"""The figures of `benchmarks.writing`: posts by the scripted model, killed workers, digests, a live provider."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model

from genisys.providers.prices import cost_microusd
from ingestion.models import Site

from ..retrieval.corpus import sites
from .briefs import Brief, briefs
from .measures import Tally, incomplete, measured, share
from .model import Writer
from .stage import MODEL, Written, add_page, fill, scripted, write

BOUNDARIES = ("research", "outline", "write_section", "judge_claims", "edit")
MID_STREAM = (1, 2, 4)
"""Pieces of streamed text after which the worker is killed: few, since a busy machine joins pieces."""
DIGEST_TOPIC, DIGEST_PAGES = "Finding a bug with git bisect", 40
KEYLESS = "built-in-135m"


def with_key(key: str) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Return the measure, which asks the provider of this key too; none where it is empty."""
    return partial(measure, key=key)


async def measure(*, quick: bool = False, key: str = "") -> dict[str, Any]:
    """Return all figures."""
    asked = briefs()[:3] if quick else briefs()
    owner = await sync_to_async(get_user_model().objects.create_user)(username="writer", email="writer@example.com")
    site_ids = await sync_to_async(fill)(owner, briefs())
    figures = await by_script(owner, site_ids, asked)
    figures |= await killed(owner, site_ids, asked[0], 2 if quick else None)
    figures |= await digests(owner, site_ids, asked)
    return figures | (await live(owner, site_ids, asked, key) if key else {"live": None})


async def by_script(owner: Any, site_ids: dict[str, str], asked: Sequence[Brief]) -> dict[str, Any]:
    """Return the shares of kept and caught sentences over all briefs, and what a post costs and how fast it comes."""
    tally, equal = Tally(), 0
    first_words: list[float] = []
    calls: list[int] = []
    costs: list[int] = []
    for brief in asked:
        async with scripted(brief) as server:
            post = await write(owner, site_ids[brief.site], brief.topic, len(brief.chapters))
            writer = server.responder
        assert isinstance(writer, Writer)
        tally.add(measured(brief, post.markdown, post.snapshots))
        first_words.append(first_text_seconds(post))
        calls.append(len(writer.used))
        costs.append(post.report.state["cost_microusd"])
        equal += shown(post) == paid(writer.used)
    return {
        "posts": tally.posts,
        **tally.shares(),
        "cost_equal": share(equal, tally.posts),
        "first_words_ms": round(1000 * statistics.median(first_words)),
        "calls_a_post": statistics.mean(calls),
        "cost_a_post_microusd": round(statistics.mean(costs)),
    }


def shown(post: Written) -> tuple[int, int, int]:
    """Return the tokens read and written, and the cost, as the run's page shows them."""
    state = post.report.state
    return state["input_tokens"], state["output_tokens"], state["cost_microusd"]


def paid(used: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    """Return the same as the provider counted it, call by call."""
    costs = [cost_microusd(MODEL, read, written) or 0 for read, written in used]
    return sum(read for read, _ in used), sum(written for _, written in used), sum(costs)


def first_text_seconds(post: Written) -> float:
    """Return how long after its start a run showed the first words of its first section."""
    events = post.report.events
    first = next(event["at"] for event in events if event["type"] == "text.delta" and event["txt"])
    return float(first - events[0]["at"]) / 1000


async def killed(owner: Any, site_ids: dict[str, str], brief: Brief, most: int | None) -> dict[str, Any]:
    """Return what a worker killed with SIGKILL's likeness costs, at step boundaries and in the middle of a stream."""
    async with scripted(brief) as server:
        go = partial(write, owner, site_ids[brief.site], brief.topic, len(brief.chapters))
        calm = await go()
        calls = len(server.requests)
        places = _places(calm)[:most]
        same = 0
        twice = Counter[str]()
        for kind, crash in places:
            server.requests.clear()
            post = await go(crash_after=crash)
            same += post.markdown == calm.markdown
            twice[kind] += len(server.requests) - calls
    return {
        "kills": len(places),
        "same_article": share(same, len(places)),
        "paid_twice_at_boundaries": twice["boundary"],
        "paid_twice_in_mid_stream": twice["stream"],
    }


def _places(calm: Written) -> list[tuple[str, dict[str, int]]]:
    """Return where the worker is killed: after each step of some names, and after some pieces of streamed text."""
    done = calm.report.bodies_run
    streams = [("stream", {"text.delta": n}) for n in MID_STREAM]
    steps = [("boundary", {name: n}) for name in BOUNDARIES for n in range(1, done[name] + 1)]
    return [steps[0], streams[0], *steps[1:], *streams[1:]]


async def digests(owner: Any, site_ids: dict[str, str], asked: Sequence[Brief]) -> dict[str, Any]:
    """Return how many briefs a digest without a key completes, and its seconds for a site of 40 pages."""
    before, settings.GENISYS_MODEL = settings.GENISYS_MODEL, KEYLESS
    try:
        posts = [(brief, await write(owner, site_ids[brief.site], brief.topic, len(brief.chapters))) for brief in asked]
        complete = sum(not keyless_faults(brief, post) for brief, post in posts)
        site = await sync_to_async(_manual)(owner)
        began = time.perf_counter()
        await write(owner, site, DIGEST_TOPIC, 5)
        seconds = time.perf_counter() - began
    finally:
        settings.GENISYS_MODEL = before
    return {"complete_keyless": share(complete, len(posts)), "digest_seconds": round(seconds, 1)}


def keyless_faults(brief: Brief, post: Written) -> list[str]:
    """Return what a digest lacks. Its sections are the site's, so that three are enough."""
    return incomplete(brief, post.markdown)


def _manual(owner: Any) -> str:
    """Put 40 pages of Git's manual into the database."""
    site = Site.objects.create(owner=owner, url="https://git.example/", title="Git", status="ready")
    for page in sites()["git"][:DIGEST_PAGES]:
        add_page(site, page.url, page.title, page.text)
    return str(site.pk)


async def live(owner: Any, site_ids: dict[str, str], asked: Sequence[Brief], key: str) -> dict[str, Any]:
    """Return the shares of posts that the key's provider wrote; what was planted or scripted has no share there."""
    settings.OPENAI_API_KEY, tally = key, Tally()
    for brief in asked:
        post = await write(owner, site_ids[brief.site], brief.topic, len(brief.chapters))
        tally.add(measured(brief, post.markdown, post.snapshots))
    shares = tally.shares()
    return {"live": settings.GENISYS_MODEL or MODEL} | {
        f"{name}_live": shares[name] for name in ("complete", "repetition")
    }
