"""The door of the dashboard: staff look, operators act, for all others nothing is there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from staff.door import operators_act, staff_page

pytestmark = pytest.mark.django_db


@staff_page
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@operators_act
def act(request: HttpRequest) -> HttpResponse:
    return HttpResponse("act")


def _asked(user: Any) -> HttpRequest:
    request = RequestFactory().get("/staff/runs/?status=failed")
    request.user = user
    return request


def _person(name: str, *, staff: bool = True, operates: bool = False) -> User:
    person = User.objects.create_user(name, is_staff=staff)
    if operates:
        person.user_permissions.add(Permission.objects.get(codename="operate_run"))
    return person


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_back_to_the_same_list() -> None:
    for view in (page, act):
        answer = view(_asked(AnonymousUser()))
        assert answer.status_code == 302
        assert answer["Location"].endswith("?next=/staff/runs/%3Fstatus%3Dfailed")


def test_for_a_customer_and_for_staff_that_has_left_the_pages_do_not_exist() -> None:
    left = _person("left", operates=True)
    left.is_active = False
    for person in (_person("customer", staff=False, operates=True), left):
        for view in (page, act):
            with pytest.raises(Http404):
                view(_asked(person))


def test_staff_look_and_only_operators_act() -> None:
    viewer, operator = _person("viewer"), _person("operator", operates=True)
    assert page(_asked(viewer)).content == page(_asked(operator)).content == b"page"
    assert act(_asked(operator)).content == b"act"
    with pytest.raises(PermissionDenied, match="the right to operate runs"):
        act(_asked(viewer))
