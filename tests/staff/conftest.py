"""Those who come to the dashboard, an engine on a real Redis, and runs as they stand in the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from runs.models import Run
from tests.runs.conftest import engine, people

__all__ = ["engine", "people"]

MakeRun = Callable[..., Run]


@dataclass(frozen=True)
class Staff:
    """One customer, and two of the staff: who may look, and who may act."""

    customer: User
    viewer: User
    operator: User


@pytest.fixture
def staff(db: None) -> Staff:
    operator = User.objects.create_user("operator", "operator@example.test", is_staff=True)
    operator.user_permissions.add(Permission.objects.get(codename="operate_run"))
    return Staff(
        User.objects.create_user("customer", "customer@example.test"),
        User.objects.create_user("viewer", "viewer@example.test", is_staff=True),
        operator,
    )


@pytest.fixture
def viewer(staff: Staff, client: Client) -> Client:
    """A browser in which the viewer is signed in."""
    client.force_login(staff.viewer)
    return client


@pytest.fixture
def operator(staff: Staff) -> Client:
    """Another one, in which the operator is."""
    browser = Client()
    browser.force_login(staff.operator)
    return browser


@pytest.fixture
def make_run(staff: Staff) -> MakeRun:
    """Record a run of the customer's; `ago` is when it was started."""

    def make(title: str = "A run", *, ago: timedelta = timedelta(), **fields: Any) -> Run:
        at: datetime = timezone.now() - ago
        given = {"workflow": "test", "owner": staff.customer, "deployment": "dev", "input": {}, "created_at": at}
        return Run.objects.create(title=title, **(given | fields))

    return make
