"""Who may do what with a run: the one place that decides.

| who        | sees it | stops, retries, changes, answers, shares it |
| ---------- | ------- | ------------------------------------------- |
| owner      | yes     | yes |
| operator   | yes     | yes: staff with the permission `runs.operate_run` |
| viewer     | yes     | no: staff without it |
| outsider   | no      | no  |
| anonymous  | no      | no  |

Whoever holds the signed address of a question (`questions`) sees that question and answers it, and nothing else.

A run that a person may not see does not exist for them: they get 404, never 403, on pages, sockets and API alike.
Whoever may see it, but not do that with it, gets 403.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.crypto import salted_hmac

from runs.models import Run

Person = AbstractBaseUser | AnonymousUser

OPERATE = "runs.operate_run"
_BIG = ("input", "output", "error")
_SEEING_ONLY = "You may look at this run, but not change it: that takes its owner, or the right to operate runs."


class Action(StrEnum):
    """What somebody does with a run. All but READ change something, and are written down by `audit`."""

    READ = "read"
    START = "start"
    CANCEL = "cancel"
    RETRY = "retry"
    PAUSE = "pause"
    RESUME = "resume"
    FORK = "fork"
    ANSWER = "answer"
    LIMIT = "limit"
    SHARE = "share"
    AGAIN = "again"


class Role(StrEnum):
    """What a person is to a run."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"
    OUTSIDER = "outsider"
    ANONYMOUS = "anonymous"


def is_owner(user: Person, run: Run) -> bool:
    """Say whether the run is this person's own."""
    return user.pk is not None and run.owner_id == user.pk


def role_of(user: Person, run: Run) -> Role:
    """Say what this person is to the run. May ask the database for a staff member's permissions."""
    if not user.is_authenticated or not user.is_active:
        return Role.ANONYMOUS
    if run.owner_id == user.pk:
        return Role.OWNER
    if not _is_staff(user):
        return Role.OUTSIDER
    return Role.OPERATOR if user.has_perm(OPERATE) else Role.VIEWER  # type: ignore[attr-defined]


def visible_runs(user: Person, *, only: Collection[str] = ()) -> QuerySet[Run]:
    """Return the runs this person may see; with a token that is bound to workflows (`only`), those of these alone."""
    if not user.is_authenticated or not user.is_active:
        return Run.objects.none()
    runs = Run.objects.all() if _is_staff(user) else Run.objects.filter(owner_id=user.pk)
    return runs.filter(workflow__in=only) if only else runs


def own_runs(user: Person) -> QuerySet[Run]:
    """Return the runs that this person started: what the lists of their pages show, staff's too."""
    return visible_runs(user).filter(owner_id=user.pk)


def can_see(user: Person, run: Run) -> bool:
    """Say whether this person may see the run. Asks nobody."""
    return bool(user.is_authenticated and user.is_active and (_is_staff(user) or run.owner_id == user.pk))


def can_control(user: Person, run: Run) -> bool:
    """Say whether this person may do more with the run than look. May ask the database, as `role_of`."""
    return role_of(user, run) in (Role.OWNER, Role.OPERATOR)


async def acan_control(user: Person, run: Run) -> bool:
    """The same for async callers."""
    if not can_see(user, run):
        return False
    return run.owner_id == user.pk or bool(await user.ahas_perm(OPERATE))  # type: ignore[union-attr]


async def acan_operate(user: Person) -> bool:
    """Say whether this person operates the installation: staff with the right to act on everybody's runs."""
    return bool(user.is_authenticated and user.is_active and _is_staff(user)) and bool(await user.ahas_perm(OPERATE))  # type: ignore[union-attr]


def get_run_or_404(user: Person, run_id: str, action: Action = Action.READ, *, without: Collection[str] = ()) -> Run:
    """Return the run, but for the columns named `without`, if this person may do that with it.

    Raises Http404 where they may not even see it, whether it exists or not, and PermissionDenied where they may.
    """
    run = _found(_query(user, run_id).defer(*without).first())
    if action != Action.READ and not can_control(user, run):
        raise PermissionDenied(_SEEING_ONLY)
    return run


async def aget_run_or_404(
    user: Person,
    run_id: str,
    action: Action = Action.READ,
    *,
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> Run:
    """The same for async callers. Runs that a token is not bound to (`only`) do not exist for it."""
    run = _found(await _query(user, run_id, only).defer(*without).afirst())
    if action != Action.READ and not await acan_control(user, run):
        raise PermissionDenied(_SEEING_ONLY)
    return run


def session_name(request: HttpRequest) -> str:
    """Name the session for the worker that its tabs share: no other session of the same browser can know the name."""
    return salted_hmac("runs.shared-worker", request.session.session_key or "").hexdigest()


def _query(user: Person, run_id: str, only: Collection[str] = ()) -> QuerySet[Run]:
    return visible_runs(user, only=only).select_related("owner").filter(pk=run_id)


def _found(run: Run | None) -> Run:
    if run is None:
        raise Http404("There is no such run, or it is not yours.")
    return run


def without_big_columns(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Leave out the JSON columns that a list does not show."""
    return runs.defer(*_BIG)


def _is_staff(user: Any) -> bool:
    return bool(getattr(user, "is_staff", False))
