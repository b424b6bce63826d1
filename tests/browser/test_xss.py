"""Whatever a stranger writes is text in Chromium: nothing runs, nothing is asked of elsewhere, nothing even tries to.

A violation of the policy counts as a failure too: it would say that the policy alone kept a payload from running.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.payloads import ADDRESSES, PAYLOADS
from tests.browser.waits import comes_true

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ALL = list(PAYLOADS.values())
MARK = "shown to its end"
"""Stands behind the payloads: a page that shows it has not been cut off by one of them."""
TEXT = "\n\n".join([*ALL, MARK])
HALVES = (TEXT[: len(TEXT) // 2], TEXT[len(TEXT) // 2 :])
"""One cut lies inside a payload, as a stream would lay it."""
PATIENCE_MS = 60_000

_WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""

# What a payload would have left behind in the page, had it been taken for HTML, and what its handlers would do.
_AUDIT = """() => {
  const found = [];
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    const where = `${name} ${element.outerHTML.slice(0, 120)}`;
    if (ODD.includes(name)) found.push(where);
    const ours = ["/static/", "/admin/jsi18n/"].some((path) => element.src?.startsWith(location.origin + path));
    if (name === "script" && element.type !== "application/json" && !ours) found.push(where);
    for (const { name: attribute, value } of element.attributes) {
      if (/^on/i.test(attribute) && STRICT) found.push(where);
      if (["href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "poster"].includes(attribute)
          && /^[\\s\\u0000-\\u001f]*(javascript|data|vbscript):/i.test(value.replace(/[\\t\\n\\r]/g, ""))
          && !(value.startsWith("data:image/") && name === "img")) found.push(where);
    }
    for (const type of ["mouseover", "focus", "pointerenter", "animationstart", "toggle", "error", "load"])
      element.dispatchEvent(new Event(type));
  }
  return found;
}"""


class Watch:
    """Looks over a visitor's shoulder: what its pages ask for, and whether they are still what we wrote."""

    def __init__(self, visitor: Any) -> None:
        self.visitor = visitor
        self.host = urlsplit(visitor.stack.url).netloc
        self.strayed: list[str] = []
        self.dialogs: list[str] = []
        visitor.context.add_init_script(_WATCH)
        visitor.context.route(lambda url: urlsplit(url).netloc not in ("", self.host), self._strays)

    def open(self, path: str) -> Page:
        page: Page = self.visitor.open(path)
        page.on("dialog", self._speaks)
        return page

    def finds_nothing(self, page: Page, *, strict: bool = True) -> None:
        """Fails where anything ran, tried to, or stands there as HTML. Not `strict`: the page has its own handlers."""
        odd = '["iframe", "frame", "object", "embed", "base", "math", "marquee", "video", "audio", "animate", "mglyph"]'
        audit = _AUDIT.replace("ODD", odd).replace("STRICT", json.dumps(strict))
        assert page.evaluate(audit) == []
        assert page.evaluate("window.canary") is None
        assert page.evaluate("window.violations") == []
        assert self.strayed == []
        assert self.dialogs == []

    def _strays(self, route: Any) -> None:
        self.strayed.append(route.request.url)
        route.abort()

    def _speaks(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


_FILL = """
import json
from django.contrib.auth import get_user_model
from agents.models import Citation, Post
from ingestion.models import Page, Passage, Site
from runs.models import ApiToken, Run, Step
given = json.loads(open({path!r}).read())
payloads, addresses, mark = given["payloads"], given["addresses"], given["mark"]
owner = get_user_model().objects.get(email={email!r})
every = "\\n\\n".join([*payloads, mark])
runs = [
    Run.objects.create(
        workflow=text[:90], title=text, owner=owner, deployment="dev", status="failed", input={{"text": text}},
        error={{"kind": text, "message": text, "step": text}}, output={{"text": text}},
    )
    for text in [every[-300:], *payloads]
]
worst = runs[0]
worst.error = {{"kind": "UserError", "message": every, "step": every}}
worst.input, worst.output = {{"text": every, every[:200]: 1}}, {{"text": every}}
worst.workflow = "write-post"
worst.save()
for place, text in enumerate([every, *payloads]):
    Step.objects.create(
        run=worst, position=place, key=f"k{{place}}", name=text[:200], title=text, status="failed",
        input={{"text": text}}, output={{"text": text}}, error={{"message": text}}, model=text[:200],
    )
profile = {{name: every for name in ("title", "what", "what_by", "audience", "audience_by", "tone")}}
site = Site.objects.create(
    owner=owner, url=addresses[0], title=every[:300], status="ready", run_id=worst.pk,
    profile={{**profile, "topics": payloads}},
)
for place, text in enumerate(payloads):
    page = Page.objects.create(
        site=site, url=addresses[place % len(addresses)] + f"#{{place}}", title=text[:300], description=text, text=text,
        summary=text, summary_by=text[:100], topics=[text], injection=[text], outcome="ok", note=text, words=1,
    )
    Passage.objects.create(page=page, ordinal=0, heading=text[:300], text=f"needle {{text}}")
post = Post.objects.create(
    owner=owner, site=site, run_id=worst.pk, topic=every[:300], title=every[:300], markdown=every,
    parts=[{{"heading": text, "written_by": text}} for text in payloads], models_used=payloads,
)
for place, address in enumerate(addresses, 1):
    Citation.objects.create(post=post, number=place, url=address, title=payloads[place])
print(json.dumps({{"run": worst.pk, "site": str(site.pk), "post": str(post.pk), "page": page.pk}}))
"""
STAFF = "staff-of-strangers@example.com"


@pytest.fixture(scope="module")
def stored(stack: Any) -> dict[str, Any]:
    """Rows full of payloads, in every column that a stranger's text comes to. Their owner is staff."""
    stack.add_user(STAFF, "correct horse battery", staff=True)
    stack.__dict__.setdefault("known_people", set()).add(STAFF)
    given = stack.folder / "payloads.json"
    given.write_text(json.dumps({"payloads": ALL, "addresses": ADDRESSES, "mark": MARK}))
    filled = stack.manage("shell", "--verbosity", "0", "-c", _FILL.format(path=str(given), email=STAFF))
    rows: dict[str, Any] = json.loads(filled.splitlines()[-1])
    return rows


@pytest.fixture
def watch(visitor: Callable[..., Any], stored: dict[str, Any]) -> Watch:
    return Watch(visitor(STAFF))


def test_the_corpus_is_large_and_its_payloads_are_live(visitor: Callable[..., Any]) -> None:
    """As HTML of a page without a policy, payloads do run: else this file would prove nothing."""
    assert len(set(ALL)) >= 40
    page = visitor(None).context.new_page()
    page.goto("about:blank")
    page.set_content("".join(f"<div>{text}</div>" for text in ("<img src=x onerror=window.canary=1>",)))
    comes_true(page, "window.canary === 1")
    assert page.evaluate(_AUDIT.replace("ODD", "[]").replace("STRICT", "true")), "the audit sees what a payload leaves"
    page.close()


PAGES = [
    "/",
    "/runs/",
    "/runs/?q=script",
    "/runs/?page=2",
    "/runs/{run}/",
    "/sites/",
    "/sites/{site}/",
    "/sites/{site}/?page=2",
    "/sites/{site}/?q=needle",
    "/sites/{site}/?q=%22%3E%3Cscript%3Ewindow.canary%3D1%3C%2Fscript%3E",
    "/posts/",
    "/posts/{post}/",
    "/posts/new?site={site}",
]


def test_nothing_stored_runs_on_any_page(watch: Watch, stored: dict[str, Any]) -> None:
    for path in PAGES:
        page = watch.open(path.format(**stored))
        expect(page.locator("main")).to_be_visible()
        watch.finds_nothing(page)
        page.close()


def test_a_post_shows_all_of_its_text_to_the_end_and_no_picture(watch: Watch, stored: dict[str, Any]) -> None:
    page = watch.open(f"/posts/{stored['post']}/")
    expect(page.locator("article.prose")).to_contain_text(MARK)
    expect(page.locator("article.prose")).to_contain_text("[picture: x]")
    assert page.locator("main img").count() == 0
    watch.finds_nothing(page)


ADMIN = [
    "/admin/",
    "/admin/runs/run/",
    "/admin/runs/run/?q=script",
    "/admin/runs/run/{run}/change/",
    "/admin/runs/run/{run}/change/?steps=2",
    "/admin/ingestion/site/",
    "/admin/ingestion/site/{site}/change/",
    "/admin/ingestion/page/",
    "/admin/ingestion/page/{page}/change/",
]


def test_nothing_stored_runs_in_the_admin_although_its_policy_is_looser(watch: Watch, stored: dict[str, Any]) -> None:
    for path in ADMIN:
        page = watch.open(path.format(**stored))
        assert page.title()
        watch.finds_nothing(page, strict=False)
        page.close()


def test_what_the_api_gives_is_never_taken_for_a_page(watch: Watch, stored: dict[str, Any]) -> None:
    for part in ("", "/output", "/steps", "/events"):
        page = watch.visitor.context.new_page()
        answer = page.goto(f"{watch.visitor.stack.url}/api/runs/{stored['run']}{part}")
        assert answer is not None
        assert "json" in answer.headers["content-type"]
        watch.finds_nothing(page)
        page.close()


def _name(text: str) -> str:
    """The beginning of a text, as a component may be named: what cannot be printed is refused there."""
    return "".join(each for each in text[:60] if each.isprintable())


def test_nothing_runs_while_a_run_says_streams_and_fails_with_it(
    visitor: Callable[..., Any], plays: Any, stored: dict[str, Any]
) -> None:
    play = plays.start("scripted", ALL[0])
    watch = Watch(visitor())
    page = watch.open(play.path)
    for text in ALL:
        play.step(_name(text), text)
        play.tell("thing", text[:60], text=text, **{text[:40]: text})
    play.do("count", done=1, total=2, unit=ALL[2])
    play.write("article", *HALVES, title=ALL[0], name=_name(f"Write {ALL[1]}"))
    expect(page.locator("main")).to_contain_text(MARK, timeout=PATIENCE_MS)
    watch.finds_nothing(page)
    play.close()
    play.say("the text is closed")
    expect(page.locator("main")).to_contain_text("the text is closed", timeout=PATIENCE_MS)
    watch.finds_nothing(page)
    play.do("fail", text="\n".join([*ALL, MARK]))
    expect(page.locator("[data-finished=true]")).to_be_attached(timeout=PATIENCE_MS)
    watch.finds_nothing(page)
    page.reload()
    watch.finds_nothing(page)
    staff = Watch(visitor(STAFF))
    page = staff.open(f"/admin/runs/run/{play.run_id}/change/")
    expect(page.locator("#step-0, #step-1").first).to_be_attached()
    staff.finds_nothing(page, strict=False)


def test_nothing_runs_on_the_live_pages_of_the_products(visitor: Callable[..., Any], plays: Any) -> None:
    watch = Watch(visitor())
    post = plays.start("write-post", ALL[0])
    for n, text in enumerate(ALL, 1):
        address = ADDRESSES[n % len(ADDRESSES)]
        post.tell("source", f"{address}{n}", n=n % 5, url=f"{address}#{n}", title=text, passage_id=n)
        data = {"n": n, "heading": text, "state": "to come", "words": 0, "model": text, "dropped": 0}
        post.tell("section", str(n), **data)
    post.tell("section", "1", n=1, heading=ALL[0], state="writing", words=0, model="scripted", dropped=0)
    post.write("section-1", *HALVES, title=ALL[0], name="write_section")
    site = plays.start("ingest-site", ALL[10])
    for n, text in enumerate(ALL):
        address = f"{ADDRESSES[n % len(ADDRESSES)]}#{n}"
        site.tell("page", address, url=address, title=text, stage="read", note=text, words=1, addresses_model=True)
    facts = dict.fromkeys(("title", "what", "what_by", "audience", "audience_by", "tone"), "\n".join(ALL))
    site.tell("profile", "profile", **facts, topics=ALL)
    site.say(MARK)
    for play in (post, site):
        page = watch.open(play.path)
        expect(page.locator("main")).to_contain_text(MARK, timeout=PATIENCE_MS)
        watch.finds_nothing(page)
        page.close()
