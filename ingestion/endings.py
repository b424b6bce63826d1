"""What a site is when the run that read it has ended: never "being read" any longer."""

from __future__ import annotations

from typing import Any

from ingestion.models import Site
from runs.models import Run, RunStatus

_LEFT_BY = {RunStatus.FAILED: Site.Status.FAILED, RunStatus.CANCELLED: Site.Status.STOPPED}


def settle(sender: type[Run], run: Run, **_: Any) -> None:
    """Receive `run_finished`: a site whose reading broke off is as it was read before, else not read."""
    left = _LEFT_BY.get(RunStatus(run.status))
    if left is None:
        return
    broken_off = Site.objects.filter(run_id=run.pk, status=Site.Status.READING)
    broken_off.filter(read_at=None).update(status=left)
    broken_off.exclude(read_at=None).update(status=Site.Status.READY)
