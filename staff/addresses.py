"""Where the dashboard's pages point: to the runs that are meant, by a filter in the list's address, and to one run."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def runs_address(**filters: str | int) -> str:
    """Return the address of the list of runs that fit, such as `status="failed", since="24h"`."""
    return f"{_of('staff:runs') or reverse('admin:runs_run_changelist')}?{urlencode(filters)}"


def run_address(run_id: str) -> str:
    """Return the address of one run, as staff see it."""
    return _of("staff:run", run_id) or reverse("admin:runs_run_change", args=[run_id])


def _of(name: str, *args: str) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
