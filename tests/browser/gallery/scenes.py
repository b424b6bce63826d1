"""What is done on a page before it is pictured, where a state has no address of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.gallery.installation import GUARDED, OWNER, PASSWORD


def unfold(page: Page, stack: Any) -> None:
    """Open every fold of a form."""
    page.locator("main form details").evaluate_all("folds => folds.forEach(fold => (fold.open = true))")


def share(page: Page, stack: Any) -> None:
    page.locator(".share > summary").click()


def sign_in_wrong(page: Page, stack: Any) -> None:
    _sign_in(page, OWNER, "not the password")
    expect(page.locator(".wrong, .errorlist, [role=alert]").first).to_be_visible()


def sign_in_guarded(page: Page, stack: Any) -> None:
    _sign_in(page, GUARDED, PASSWORD)
    page.wait_for_url("**/2fa/authenticate/**")


def sign_in_too_often(page: Page, stack: Any) -> None:
    """Until the door says so. It counts what comes within a minute, so most tries are empty forms, sent at once."""
    for _ in range(5):
        page.locator("main form").first.evaluate(_SENT_OFTEN)
        _sign_in(page, "somebody@example.com", "not the password")
        if page.get_by_label("Password").count() == 0:
            return
    raise AssertionError("Nobody was told to wait after 200 tries.")


_SENT_OFTEN = """async (form) => {
  const body = new URLSearchParams(new FormData(form));
  for (let sent = 0; sent < 40; sent += 1) await fetch(form.action, { method: "POST", body });
}"""


def _sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def order_wrong(page: Page, stack: Any) -> None:
    page.locator("form.form").evaluate("form => (form.noValidate = true)")
    page.get_by_label("Topic").fill("Solar roofs")
    page.get_by_label("Months").fill("99")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_be_visible()


def trouble_in_the_fleet(page: Page, stack: Any) -> None:
    """One worker drains, one is dead, and the provider rests. Such workers are known for half a minute."""
    page.get_by_role("link", name="Pause ").first.click()
    page.get_by_label("Why").fill("Its bill is being looked at")
    page.get_by_role("button", name="Pause").click()
    stack.manage("shell", "--verbosity", "0", "-c", _TROUBLE)
    page.goto(stack.url + "/staff/fleet/?dead=1")
    expect(page.get_by_role("row", name="web-3")).to_contain_text("dead")


_TROUBLE = """
import asyncio, time
from django.conf import settings
from genisys.host import Engine, WorkerInfo, Workers
from genisys.testing.redis import beat
from runs.models import Run
held = tuple(Run.objects.filter(status="running").values_list("pk", flat=True))
now = int(time.time() * 1000)
places = {"pid": 4127, "deployment": "v42", "concurrency": 10, "started_ms": now - 7_400_000}
drains = {"id": "web-2:4127:9c2e40", "host": "web-2", "beat_ms": now, "runs": held[:1], "draining": True}
dead = {"id": "web-3:4127:5b1d77", "host": "web-3", "beat_ms": now - 13_000, "runs": held[1:2], "draining": False}
beat(settings.REDIS_URL, WorkerInfo(**places, **drains), WorkerInfo(**places, **dead))

async def drain():
    async with Engine(settings.REDIS_URL) as engine:
        await Workers(engine).drain(drains["id"])

asyncio.run(drain())
"""


def break_posts(page: Page, stack: Any) -> None:
    """Take a table away under the page."""
    gone = "from django.db import connection; connection.cursor().execute('ALTER TABLE agents_post RENAME TO gone')"
    stack.manage("shell", "--verbosity", "0", "-c", gone)
    page.reload()


SCENES: dict[str, Callable[[Page, Any], None]] = {
    scene.__name__: scene
    for scene in (
        unfold,
        share,
        sign_in_wrong,
        sign_in_guarded,
        sign_in_too_often,
        order_wrong,
        trouble_in_the_fleet,
        break_posts,
    )
}
