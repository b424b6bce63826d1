"""Stored bytes without a folder."""

from __future__ import annotations

from ...core.blobs import missing, reference_to


class MemoryBlobs:
    """Stores bytes in this process: what workflows in memory have received."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, run_id: str, data: bytes) -> str:
        reference = reference_to(run_id, data)
        self._kept[reference] = bytes(data)
        return reference

    async def get(self, reference: str) -> bytes:
        if reference not in self._kept:
            raise missing(reference, "this process does not have them")
        return self._kept[reference]

    async def forget(self, run_id: str) -> None:
        for reference in [each for each in self._kept if each.startswith(f"{run_id}/")]:
            del self._kept[reference]
