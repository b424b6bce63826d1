"""The archived logs that are being read in this process just now, each decoded and encoded once for all its readers."""

from __future__ import annotations

from weakref import WeakValueDictionary

from genisys.host import Recording
from runs.models import Run
from runs.record import archive
from runs.record.states import archive_of

_read_now: WeakValueDictionary[tuple[str, str, int], Recording] = WeakValueDictionary()


async def recording_of(run: Run) -> Recording | None:
    """Return the run's recording, None where it has no archive. Raises what its bytes raise where they are damaged."""
    archived = await archive_of(run)
    if archived is None:
        return None
    key = (run.pk, archived.log_id, archived.last_seq)
    recording = _read_now.get(key)
    if recording is None:
        page = archive.page_of(archived, run.status, 0, archived.last_seq)
        recording = _read_now[key] = Recording(run.pk, page)
    return recording
