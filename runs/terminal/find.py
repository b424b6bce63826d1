"""The run that a command is about: named by its id, or by so much of it that no other begins alike."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError

from runs.access import Action, get_run_or_404, visible_runs
from runs.models import Run
from runs.terminal.screen import clean

NAMED = 3


def run_of(start: str, *, user: AbstractBaseUser | None = None, action: Action = Action.READ) -> Run:
    """Return the run whose id begins so. Who has a terminal here may do anything; in a person's name, what they may.

    Raises CommandError where there is no such run, or several, or the person may not do that with it.
    """
    runs = Run.objects.select_related("owner") if user is None else visible_runs(user).select_related("owner")
    start = start.strip().lower()
    found = list(runs.filter(pk__startswith=start).order_by("-created_at")[: NAMED + 1]) if start else []
    exact = [run for run in found if run.pk == start]
    if len(exact or found) > 1:
        named = ", ".join(f"{run.pk} ({run})" for run in found[:NAMED])
        more = " and others" if len(found) > NAMED else ""
        raise CommandError(clean(f"Several runs begin with {start}: {named}{more}. Give more of the id."))
    if not found:
        raise CommandError(f"No run begins with {start!r}. The latest are listed by `manage.py runs list`.")
    run = (exact or found)[0]
    if user is not None and action != Action.READ:
        try:
            get_run_or_404(user, run.pk, action)
        except PermissionDenied as error:
            raise CommandError(str(error)) from error
    return run
