"""The folders that are written: whether they can be, and how much room there is."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from genisys_site.doctor.finding import Finding, bad, good, risky

_LOW_BYTES, _OUT_BYTES = 2 * 2**30, 200 * 2**20


async def disk_part() -> list[Finding]:
    folders = {"GENISYS_HOME": Path(settings.GENISYS_HOME), "GENISYS_BLOBS": Path(settings.GENISYS_BLOBS)}
    return [_of_folder(name, folder) for name, folder in folders.items()]


def _of_folder(name: str, folder: Path) -> Finding:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return bad(
            "disk", f"{name} cannot be written: {error.strerror}.", f"Give {folder} to this user, or set {name}."
        )
    says = f"{name} has {free / 2**30:.1f} GB free."
    if free < _OUT_BYTES:
        return bad("disk", says, "Make room: what runs receive can soon be kept no more.")
    return risky("disk", says, "Make room.") if free < _LOW_BYTES else good("disk", says)
