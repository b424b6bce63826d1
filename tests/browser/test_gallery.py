"""The list of pictures is whole, and every page on it answers. `make images` takes them (tests/browser/gallery)."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import AsyncClient
from playwright.sync_api import Browser

from tests.browser import zoom
from tests.browser.conftest import WIDE, Plays
from tests.browser.gallery import content, installation, live
from tests.browser.gallery.camera import take
from tests.browser.gallery.routes import named, shown
from tests.browser.gallery.scenes import SCENES
from tests.browser.gallery.shots import SHOTS, WITHOUT_A_PAGE, Shot
from tests.browser.looks import look_at
from tests.browser.weight import FirstLoad
from tests.conftest import Stack

pytestmark = pytest.mark.timeout(300)


def test_every_named_address_is_pictured_or_has_no_page() -> None:
    without = {name for names in WITHOUT_A_PAGE.values() for name in names.split()}
    assert named() - shown() - without == set(), "Give these a shot in tests/browser/gallery/shots.py."
    assert without - named() == set(), "These addresses are gone."
    assert without & shown() == set(), "These have a page after all."


def test_every_shot_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(shot.name for shot in SHOTS).items() if count > 1] == []


@pytest.mark.django_db(transaction=True)
async def test_every_page_that_shows_nothing_live_answers_as_its_shot_says(redis_url: str) -> None:
    await sync_to_async(installation.people)()
    things = await sync_to_async(installation.fill)()
    keys = await sync_to_async(installation.sessions)()
    client = AsyncClient(raise_request_exception=False)
    wrong = []
    for shot in SHOTS:
        if shot.live or shot.act:
            continue
        client.cookies.clear()
        if shot.who:
            client.cookies[settings.SESSION_COOKIE_NAME] = keys[shot.who]
        answer = await client.get(shot.path.format(**things))
        answer.close()
        if answer.status_code != shot.status:
            wrong.append(f"{shot.name}: {answer.status_code} {answer.headers.get('Location', '')}, not {shot.status}")
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, str], dict[str, str]]]:
    """An installation as in life: the product, what it holds, and who is signed in."""
    stack = Stack(tmp_path_factory.mktemp("gallery"))
    stack.env |= {"OPENAI_BASE_URL": "https://api.openai.com/v1", "GENISYS_MODEL": content.MODEL}  # nobody asks it
    try:
        stack.start()
        run(stack, "people()")
        plays, ids = live.start(stack, Plays)
        stack.control.stop()  # What follows is over already, and not for it to mend.
        things = run(stack, "fill()")
        yield stack, ids | things, run(stack, "sessions()")
        plays.stop()
    finally:
        stack.kill()


def run(stack: Any, call: str) -> dict[str, str]:
    """Call a function of `installation` in a process of that product, and return what it returns."""
    script = f"import json; from tests.browser.gallery.installation import *; print(json.dumps({call}))"
    found: dict[str, str] = json.loads(stack.manage("shell", "--verbosity", "0", "-c", script).splitlines()[-1])
    return found


@pytest.mark.full
@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_every_page_and_state_is_open_to_everybody_and_is_pictured(shot: Shot, pictured: Any, browser: Browser) -> None:
    """With GENISYS_IMAGES it is pictured, else weighed, enlarged, and held against axe."""
    stack, things, keys = pictured
    context = browser.new_context(viewport=WIDE, locale="en-GB", timezone_id="UTC")
    if shot.who:
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": keys[shot.who], "url": stack.url}])
    page = context.new_page()
    load = FirstLoad(page)
    try:
        answer = page.goto(stack.url + shot.path.format(**things))
        if shot.act:
            SCENES[shot.act](page, stack)
        elif answer is not None:
            assert answer.status == shot.status
        page.locator(shot.ready).first.wait_for()
        if not shot.act:
            load.check(shot.name)
        if os.environ.get("GENISYS_IMAGES"):
            for look in shot.at:
                take(page, shot.name, look)
        else:
            zoom.check(page, shot.name)
            look_at(page, shot.name)
    finally:
        context.close()
