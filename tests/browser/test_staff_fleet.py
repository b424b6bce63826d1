"""The fleet, the cost and the alerts in a browser: open to everybody, and an operator drains a worker by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import look_at
from tests.depth import by_depth

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OPERATOR = "fleet-operator@example.com"
_FILL = f"""
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from runs.models import Run
from staff.alerts.models import Alert
from staff.money import ledger
get_user_model().objects.filter(email="{OPERATOR}").update(is_staff=True, is_superuser=True)
now = timezone.now()
for hours, status in ((1, "completed"), (30, "failed"), (70, "completed")):
    at = now - timedelta(hours=hours)
    run = Run.objects.create(
        workflow="staff-fleet-look", title="Solar storage", input={{}}, deployment="none", status=status, created_at=at,
        started_at=at - timedelta(minutes=1), ended_at=at, cost_microusd=None if hours == 30 else 250_000,
        known_cost_microusd=250_000,
    )
    ledger.write([run.pk])
Alert.objects.create(rule="stuck-queue", subject="look", text="3 runs wait to start.", told_at=now)
Alert.objects.create(rule="provider-down", subject="look", text="It answered nobody.", told_at=now, ended_at=now)
"""
_EMPTY = """
from runs.models import Run
from staff.alerts.models import Alert
from staff.money.models import Spend, SpendDay
Run.objects.filter(workflow="staff-fleet-look").delete()
Spend.objects.filter(workflow="staff-fleet-look").delete()
SpendDay.objects.all().delete()
Alert.objects.filter(subject="look").delete()
"""


@pytest.fixture
def operator(visitor: Callable[..., Any], stack: Any) -> Iterator[Any]:
    """An operator before an installation where something was spent and something is wrong."""
    someone = visitor(OPERATOR)
    stack.manage("shell", "--verbosity", "0", "-c", _FILL)
    yield someone
    stack.manage("shell", "--verbosity", "0", "-c", _EMPTY)


def worker_of(page: Page, wait_until: Callable[..., Any]) -> str:
    """The name of a worker that may be drained and is alive: one that an earlier test killed stands there, too, until
    its heartbeat is missed, and would be gone when it is to take runs again.
    """
    drainable = page.locator("tr", has=page.get_by_role("link", name="Drain"))

    def alive() -> list[str]:
        page.reload()
        rows = [row.locator("th").inner_text() for row in drainable.all() if row.locator("th code").count()]
        return [row.split()[0] for row in rows if Path(f"/proc/{row.split()[-1]}").exists()]

    return wait_until(alive, "no worker is there")[0]


def test_the_pages_are_open_to_everybody_in_each_look(operator: Any, wait_until: Callable[..., Any]) -> None:
    page = operator.open("/staff/fleet/")
    name = worker_of(page, wait_until)
    pages = by_depth(
        {"fleet": "/staff/fleet/", "cost": "/staff/money/"},
        {
            "fleet": "/staff/fleet/",
            "fleet-with-the-dead": "/staff/fleet/?dead=1",
            "drain": f"/staff/fleet/workers/{name}/drain",
            "cost": "/staff/money/",
            "cost-of-months": "/staff/money/?since=90d",
            "alerts": "/staff/alerts/",
        },
    )
    for what, path in pages.items():
        page.goto(operator.stack.url + path)
        look_at(page, f"staff-{what}")


def test_an_operator_drains_a_worker_by_the_keyboard_alone_and_lets_it_take_runs_again(
    operator: Any, wait_until: Callable[..., Any]
) -> None:
    page = operator.open("/staff/fleet/")
    name = worker_of(page, wait_until)
    page.get_by_role("link", name=f"Drain {name}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Drain this worker")
    page.get_by_label("Why").fill("It swaps")
    page.keyboard.press("Enter")
    expect(page.locator(".message-success")).to_contain_text("The worker drains")
    again = page.get_by_role("link", name=f"Take runs again ({name})")
    expect(again).to_be_visible()
    again.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Take runs again").click()
    expect(page.locator(".message-success")).to_contain_text("The worker takes runs again")
    expect(page.get_by_role("link", name=f"Drain {name}")).to_be_visible()
