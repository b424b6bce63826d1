"""What is under way in the pictured installation: runs that are played to a certain point, and stay there."""

from __future__ import annotations

import json
from typing import Any

from tests.browser.gallery import content
from tests.browser.gallery.installation import OWNER
from tests.browser.test_brief import APPROVAL, OUTLINE

DEPLOYMENT, OLDER = "v42", "v41"
STAYS = {
    "queued": "queued",
    "writing": "running",
    "reading": "running",
    "asking": "waiting",
    "outline": "waiting",
    "paused": "waiting",
    "retrying": "waiting",
    "broken": "failed",
    "ordered": "completed",
}
"""The runs by what they are pictured as, and the status in which each stays."""


def start(stack: Any, plays_on: Any) -> tuple[Any, dict[str, str]]:
    """Start them. Returns who plays them, to be stopped at the end, and their ids."""
    stack.__dict__.setdefault("known_people", set()).add(OWNER)
    plays, lonely = plays_on(stack), plays_on(stack)
    plays.deployment, lonely.deployment = DEPLOYMENT, OLDER
    plays.add_worker()
    started = {
        "queued": lonely.start(title="Report on roofs in the north"),
        "writing": _writing(plays.start("write-post", "Ten questions for an installer")),
        "reading": _reading(plays.start("ingest-site", "docs.solaria.example")),
        "asking": plays.start("asking", "The newsletter of March"),
        "outline": _outline(plays.start("write-post", OUTLINE["title"])),
        "paused": plays.start(title="A survey of nine regions"),
        "retrying": plays.start(title="Prices of nine competitors"),
        "broken": _broken(plays.start("write-post", "When a battery pays for itself")),
    }
    started["asking"].say("The text is ready")
    started["asking"].end()
    started["paused"].say("Read 4 of 9 regions")
    started["retrying"].do("try", name="read_prices", text="The provider asks us to wait a few minutes.", seconds=280)
    ids = {name: play.run_id for name, play in started.items()}
    ordered = stack.manage("shell", "--verbosity", "0", "-c", _ORDER.format(owner=OWNER))
    ids["ordered"] = ordered.splitlines()[-1]
    stack.manage("shell", "--verbosity", "0", "-c", _PAUSE.format(ids=ids))
    started["paused"].step("survey")
    started["paused"].step("compare")  # It rests before this one, or before the next where it hears of the pause late.
    said = stack.manage("shell", "--verbosity", "0", "-c", _SETTLE.format(ids=ids, stays=STAYS, deployment=DEPLOYMENT))
    return plays, ids | json.loads(said.splitlines()[-1])


def _writing(play: Any) -> Any:
    play.step("research", "Read 6 passages of 4 pages")
    for n, path, title, _ in content.EVIDENCE:
        url = content.HOST + path
        play.tell("source", url, n=n if n < 3 else 0, url=url, title=title, passage_id=n)
    play.step("outline", "3 sections")
    for n, heading in enumerate(content.HEADINGS, 1):
        _section(play, n, heading, "to come")
    said = content.sections()
    play.write("section-1", said[0], title=content.HEADINGS[0], name="write_section")
    play.close("section-1")
    _section(play, 1, content.HEADINGS[0], "done")
    _section(play, 2, content.HEADINGS[1], "writing")
    play.do("count", done=1, total=3, unit="sections")
    play.say(f"Writing section 2 of 3, “{content.HEADINGS[1]}”")
    play.write("section-2", said[1].split(" Charged")[0], title=content.HEADINGS[1], name="write_section")
    return play


def _broken(play: Any) -> Any:
    """Fails as a run does that can be retried: what it goes on from is still there."""
    play.step("research", "Read 6 passages of 4 pages")
    for n, path, title, _ in content.EVIDENCE:
        play.tell(
            "source", content.HOST + path, n=n if n < 3 else 0, url=content.HOST + path, title=title, passage_id=n
        )
    play.step("outline", "3 sections")
    for n, (heading, said) in enumerate(zip(content.HEADINGS, content.sections(), strict=True), 1):
        play.write(f"section-{n}", said, title=heading, name="write_section")
        play.close(f"section-{n}")
        _section(play, n, heading, "done")
    wrong = "openai answered 500 three times in a row, and was not asked again."
    play.do("fail", name="edit", text=wrong, for_now=True)
    return play


def _section(play: Any, n: int, heading: str, state: str) -> None:
    play.tell("section", str(n), n=n, heading=heading, state=state, words=0, model=content.MODEL, dropped=0)


def _reading(play: Any) -> Any:
    for name in ("read_robots", "read_home", "read_sitemaps", "choose_pages"):
        play.step(name)
    rows = [(title, path, "read", words, "") for title, path, words, _ in content.PAGES[:5]]
    rows += [
        (title, path, "skipped", 0, note) for title, path, outcome, note in content.NOT_READ if outcome != "failed"
    ]
    rows += [("Press kit", "/press", "failed", 0, "the server answered 500"), ("Prices", "/prices", "reading", 0, "")]
    rows += [("Find an installer", "/installers", "chosen", 0, "")]
    for title, path, stage, words, note in rows:
        url = content.HOST + path
        play.tell("page", url, url=url, title=title, stage=stage, note=note, words=words)
    what = content.PAGES[0][3]
    play.tell("profile", "profile", what=what, what_by=content.MODEL, topics=["batteries", "winter", "tariffs"])
    play.do("count", done=8, total=10, unit="pages")
    play.say("Reading 10 pages. The site asks for one request a second.")
    return play


def _outline(play: Any) -> Any:
    play.step("research", "Found 14 passages on 3 pages")
    play.do("outline", data=OUTLINE)
    play.do("approve", **APPROVAL)
    return play


_ORDER = """
import asyncio
from django.contrib.auth import get_user_model
from runs.service.starting import start_run

order = {{"topic": "Roofs that face north", "regions": ["North", "South", "East"]}}
owner = get_user_model().objects.get(email={owner!r})
print(asyncio.run(start_run(user=owner, workflow="order-report", input=order)).pk)
"""
_PAUSE = """
import asyncio
from django.conf import settings
from genisys.host import Engine

async def pause():
    async with Engine(settings.REDIS_URL) as engine:
        while (await engine.meta({ids!r}["paused"])).status != "running":
            await asyncio.sleep(0.1)
        await engine.pause({ids!r}["paused"], by="owner@example.com")

asyncio.run(pause())
"""
_SETTLE = """
import asyncio, json
from django.conf import settings
from genisys.host import Deployments, Engine, Workers
from runs.models import Run
from runs.providers import providers
ids, stays = {ids!r}, {stays!r}

async def settle():
    async with Engine(settings.REDIS_URL) as engine:
        while not any(d.name == {deployment!r} for d in await Deployments(engine).all({{}})):
            await asyncio.sleep(0.1)
        await Deployments(engine).promote({deployment!r})
        await asyncio.to_thread(wait)
        alive = [each for each, _ in await Workers(engine).all() if each.deployment == {deployment!r}]
        print(json.dumps({{"worker": alive[0].id, "gate": providers()[0].gate}}))

def wait():
    import time
    for _ in range(250):
        found = dict(Run.objects.filter(pk__in=ids.values()).values_list("pk", "status"))
        now = {{name: found[run_id] for name, run_id in ids.items()}}
        if now == stays:
            return
        time.sleep(0.2)
    raise SystemExit(f"The runs do not stay as they should: {{now}}")

asyncio.run(settle())
"""
