"""The dashboard's list and overview in a browser: live, by keyboard, open to everybody; many runs stopped at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OPERATOR = "operator@example.com"
_STAFF = f"""
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
person = get_user_model().objects.get(email={OPERATOR!r})
person.is_staff = True
person.save()
person.user_permissions.add(Permission.objects.get(codename="operate_run"))
"""
_FAILED = """
from datetime import timedelta
from django.utils import timezone
from runs.models import Run
now = timezone.now()
for number in range(3):
    Run.objects.create(
        workflow="write-post", title=f"Post {number} about <b>tides</b>", deployment="v1", input={}, status="failed",
        cause="ProviderError 429 in write_section: Rate limit of # reached", attempt=2, worker="host-a:411:ab12cd",
        created_at=now - timedelta(minutes=9), started_at=now - timedelta(minutes=8), ended_at=now, input_tokens=12345,
        cost_microusd=40000, known_cost_microusd=40000, cached_steps=3,
    )
"""


@pytest.fixture
def desk(visitor: Callable[..., Any], stack: Any) -> Any:
    """The operator's browser."""
    operator = visitor(OPERATOR)
    if "desk" not in stack.__dict__:
        stack.manage("shell", "--verbosity", "0", "-c", _STAFF)
        stack.manage("shell", "--verbosity", "0", "-c", _FAILED)
        stack.__dict__["desk"] = True
    return operator


def _row(page: Page, run_id: str) -> Any:
    return page.locator("tbody tr", has=page.locator(f'input[value="{run_id}"]'))


def test_rows_stay_live_and_keep_what_is_ticked_and_focused(desk: Any, plays: Any) -> None:
    play = plays.start(title="A run that ends")
    page = desk.open(f"/staff/runs/?q={play.run_id}")
    row = _row(page, play.run_id)
    expect(row.locator(".state")).to_contain_text("under way", timeout=15_000)
    box = row.get_by_role("checkbox")
    box.focus()
    page.keyboard.press("Space")
    play.end()
    expect(row.locator(".state")).to_contain_text("done")
    expect(box).to_be_checked()
    expect(box).to_be_focused()


def test_a_figure_has_its_unit_beside_it_where_no_head_of_a_column_stands_above_it(desk: Any, plays: Any) -> None:
    play = plays.start(title="A run with tries")
    page = desk.open(f"/staff/runs/?q={play.run_id}")
    unit = _row(page, play.run_id).locator(".cell-word").first
    expect(unit).to_have_count(1)
    expect(unit).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 780})
    expect(unit).to_be_visible()


def test_a_paused_list_stands_still_until_it_goes_on(desk: Any, plays: Any) -> None:
    play = plays.start(title="A run behind a pause")
    page = desk.open(f"/staff/runs/?q={play.run_id}")
    page.clock.install()
    page.reload()
    row = _row(page, play.run_id)
    expect(row.locator(".state")).to_contain_text("under way", timeout=15_000)
    page.get_by_role("button", name="Pause updates").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    play.end()
    page.clock.run_for(60_000)
    assert asked == []
    page.get_by_role("button", name="Resume updates").click()
    expect(row.locator(".state")).to_contain_text("done")


def test_a_list_is_brought_up_to_date_as_often_as_somebody_likes_who_is_asked_once(desk: Any) -> None:
    page = desk.open("/staff/runs/?q=nothing-is-called-this")
    page.clock.install()
    often = page.get_by_label("How often this page is brought up to date")
    with page.expect_response("**/staff/runs/rows*"):
        often.select_option("every minute")
    page.clock.pause_at(page.evaluate("Date.now()") / 1_000 + 60)  # from here on it is moved by hand alone
    page.reload()
    expect(often).to_have_value("60")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(59_000)
    assert asked == []
    with page.expect_response("**/staff/runs/rows*"):
        page.clock.run_for(2_000)
    often.select_option("every 5 s")


def test_many_runs_are_stopped_by_keyboard_from_preview_to_record(desk: Any, plays: Any) -> None:
    started = [plays.start(title=f"Mass {number}") for number in range(2)]
    page = desk.open("/staff/runs/?status=open&q=Mass")
    for play in started:
        box = _row(page, play.run_id).get_by_role("checkbox")
        expect(box).to_be_visible(timeout=15_000)
        box.focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Stop…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop 2 runs?")
    page.get_by_label("Why").focus()
    page.keyboard.type("They were a mistake")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("All 2 handled")
    expect(page.locator(".figures")).to_contain_text("Asked to stop")
    look_at(page, "staff-bulk-record")
    for play in started:
        page.goto(f"{play.stack.url}/staff/runs/?q={play.run_id}")
        expect(_row(page, play.run_id).locator(".state")).to_contain_text("stopped")


LOOKED_AT = {
    "overview": "/staff/",
    "runs": "/staff/runs/?status=failed",
    "preview": "/staff/bulk/new?act=retry&all=1&status=failed",
}
LOOKED_AT_IN_FULL = {
    "runs-filters": "/staff/runs/?workflow=write-post&cost=0.01&waits=person&status=failed",
    "runs-wrong": "/staff/runs/?age=old&status=broken",
    "runs-stuck": "/staff/runs/?stuck=1",
    "causes": "/staff/runs/causes",
    "acts": "/staff/bulk/",
    "nothing-to-do": "/staff/bulk/new?act=cancel&all=1&status=completed",
}


@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_of_the_dashboard_is_open_to_everybody(name: str, desk: Any) -> None:
    look_at(desk.open(LOOKED_AT[name]), f"staff-{name}")


@pytest.mark.full
@pytest.mark.parametrize("name", LOOKED_AT_IN_FULL)
def test_each_further_page_is_open_to_everybody(name: str, desk: Any) -> None:
    """All pages share their parts: what one of them breaks, the three above break too."""
    look_at(desk.open(LOOKED_AT_IN_FULL[name]), f"staff-{name}")


def test_the_list_works_without_javascript(visitor: Callable[..., Any], desk: Any) -> None:
    plain = visitor(OPERATOR, java_script_enabled=False)
    page = plain.open("/staff/runs/")
    page.get_by_label("failed").check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).not_to_have_count(0)
    page.locator("tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="Retry…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Retry 1 run?")
