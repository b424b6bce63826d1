"""Places in the list of runs, written as opaque cursors."""

from __future__ import annotations

import base64
import re
from datetime import datetime

from django.db.models import Q

from runs.models import Run
from runs.problems import Problem

_PLACE = re.compile(r"(\S{1,40}) ([0-9a-f-]{1,36})")


def cursor_of(run: Run) -> str:
    """Return the place of this run."""
    return base64.urlsafe_b64encode(f"{run.created_at.isoformat()} {run.pk}".encode()).decode()


def behind(cursor: str) -> Q:
    """Return what comes behind that place, newest first. Raises a 422 problem."""
    try:
        found = _PLACE.fullmatch(base64.urlsafe_b64decode(cursor.encode()).decode())
        at = datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        found = at = None
    if found is None or at is None or at.tzinfo is None:
        raise Problem(422, "This cursor is none that a list of runs gave.")
    return Q(created_at__lt=at) | Q(created_at=at, id__lt=found[2])
