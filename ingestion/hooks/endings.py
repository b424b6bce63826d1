"""What becomes of a site when the run that reads it ends without finishing: it is no longer "being read"."""

from __future__ import annotations

from typing import Any

from ingestion.models import Site
from runs.models import Run, RunStatus

_LEFT_BY = {RunStatus.FAILED: Site.Status.FAILED, RunStatus.CANCELLED: Site.Status.STOPPED}


def settle(sender: type[Run], run: Run, **_: Any) -> None:
    """Receive `run_finished`: a site whose reading broke off is ready if it was ever read, else failed or stopped."""
    left = _LEFT_BY.get(RunStatus(run.status))
    if left is None:
        return
    broken_off = Site.objects.filter(run_id=run.pk, status=Site.Status.READING)
    broken_off.filter(read_at=None).update(status=left)
    broken_off.exclude(read_at=None).update(status=Site.Status.READY)
