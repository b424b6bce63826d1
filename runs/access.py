"""Who may see and do what with a run: the one place that decides.

| who      | sees | cancels, retries |
| -------- | ---- | ---------------- |
| owner    | yes  | yes              |
| staff    | yes  | yes              |
| outsider | no   | no               |
| nobody signed in | no | no         |

A run that a person may not see does not exist for them: they get 404, never 403, on pages, sockets
and API alike.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.crypto import salted_hmac

from runs.models import Run

Person = AbstractBaseUser | AnonymousUser

_BIG = ("input", "output", "error")


def visible_runs(user: Person) -> QuerySet[Run]:
    """Give the runs this person may see."""
    if not user.is_authenticated or not user.is_active:
        return Run.objects.none()
    if _is_staff(user):
        return Run.objects.all()
    return Run.objects.filter(owner_id=user.pk)


def can_see(user: Person, run: Run) -> bool:
    return bool(user.is_authenticated and user.is_active and (_is_staff(user) or run.owner_id == user.pk))


def can_control(user: Person, run: Run) -> bool:
    """Say whether this person may cancel or retry the run."""
    return can_see(user, run)


def get_run_or_404(user: Person, run_id: str) -> Run:
    """Give the run if this person may see it. Raises Http404 otherwise, whether it exists or not."""
    return _found(_query(user, run_id).first())


async def aget_run_or_404(user: Person, run_id: str) -> Run:
    """The same for async callers."""
    return _found(await _query(user, run_id).afirst())


def session_name(request: HttpRequest) -> str:
    """Name the session for the worker that its tabs share: no other session of the same browser can know the name."""
    return salted_hmac("runs.shared-worker", request.session.session_key or "").hexdigest()


def _query(user: Person, run_id: str) -> QuerySet[Run]:
    return visible_runs(user).select_related("owner").filter(pk=run_id)


def _found(run: Run | None) -> Run:
    if run is None:
        raise Http404("There is no such run, or it is not yours.")
    return run


def without_big_columns(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Leave out the JSON columns that a list does not show."""
    return runs.defer(*_BIG)


def _is_staff(user: Any) -> bool:
    return bool(getattr(user, "is_staff", False))
