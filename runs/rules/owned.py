"""The rows that the steps of a run may reach: those of the run's owner, and no others.

A step's input can be edited (a fork), so an id that reaches a step says nothing about whose it is. Every database
function of a step is made by `for_run_owner`, which asks whose the run is at each call and hands the function a `Mine`,
its only way to rows. Code in a step's modules that reaches a model in any other way fails a test
(tests/rights/test_owned.py). Whoever acts for an owner, staff included, gets that owner's rows: the run's owner counts,
not the one who started, forked or retried it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import close_old_connections
from django.db.models import Model, QuerySet

from genisys import UserError, run_id
from runs.models import Run

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Mine:
    """The rows of one run's owner. `owner_id` is None for a run that belongs to nobody, which reaches nobody's rows."""

    run_id: str
    owner_id: int | None

    def __call__(self, model: type[M]) -> QuerySet[M]:
        """Return this owner's rows of the model, whose `OWNED_THROUGH` names the way from a row to its owner.

        Raises TypeError for a model that has no such way.
        """
        path = getattr(model, "OWNED_THROUGH", None)
        if path is None:
            raise TypeError(f"{model.__name__} does not say whose its rows are: give it OWNED_THROUGH")
        return model._default_manager.filter(**{path: self.owner_id})

    def one(self, model: type[M], key: object, *, lock: bool = False) -> M:
        """Return the row with that key. Raises UserError where there is none among this owner's.

        With `lock` nobody else changes it until the transaction ends.
        """
        return self.many(model, [key], lock=lock)[0]

    def many(self, model: type[M], keys: Iterable[object], *, lock: bool = False) -> list[M]:
        """Return the rows with those keys, in their order. Raises UserError for the first that is not this owner's."""
        rows = self(model).select_for_update() if lock else self(model)
        asked = list(keys)
        found = {}
        for key in dict.fromkeys(asked):
            try:
                found[key] = rows.get(pk=key)
            except (ObjectDoesNotExist, ValidationError, ValueError, TypeError, OverflowError):
                raise UserError(
                    f"There is no {model._meta.verbose_name} {str(key)[:100]} among yours, so nothing was read or "
                    "changed."
                ) from None
        return [found[key] for key in asked]


def of_this_run() -> Mine:
    """Return what the current run may reach; outside of a run, nobody's rows. Queries the database."""
    current = run_id() or ""
    owner_id = Run.objects.filter(pk=current).values_list("owner_id", flat=True).first() if current else None
    return Mine(current, owner_id)


def for_run_owner(function: Callable[Concatenate[Mine, P], R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make an async function for steps of a sync one that queries, and hand it the rows of the run's owner.

    A database connection that has died in between is opened anew.
    """

    @functools.wraps(function)
    def owned(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        return function(of_this_run(), *args, **kwargs)

    return sync_to_async(owned)
