"""Saved views of the list: each of the staff has their own."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from staff.door import staff_page
from staff.models import SavedView
from staff.narrowing.filters import read_filters

MOST = 30
_FULL = f"You have {MOST} saved views already. Remove one first."
_NAMELESS = "Give the view a name."
_WRONG = "This view was not saved, because a filter in it could not be read."


def views_of(person: User) -> QuerySet[SavedView]:
    """Return the views that this person saved."""
    return SavedView.objects.filter(person=person)


@require_POST
@staff_page
def save(request: HttpRequest) -> HttpResponse:
    """Save the list as it is narrowed, under a name; one of that name is replaced."""
    person = cast(User, request.user)
    filters = read_filters(QueryDict(request.POST.get("query", "")), timezone.localtime())
    name = " ".join(request.POST.get("name", "").split())[:60]
    if not name or filters.wrong:
        messages.error(request, _WRONG if filters.wrong else _NAMELESS)
    elif not views_of(person).filter(name=name).exists() and views_of(person).count() >= MOST:
        messages.error(request, _FULL)
    else:
        SavedView.objects.update_or_create(person=person, name=name, defaults={"query": filters.query()})
    return _back(filters.query())


@require_POST
@staff_page
def remove(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forget one of the person's own views."""
    view = get_object_or_404(views_of(cast(User, request.user)), pk=view_id)
    view.delete()
    return _back(view.query)


def _back(query: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('staff:runs')}{f'?{query}' if query else ''}", status=303)
