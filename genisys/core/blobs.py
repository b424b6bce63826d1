"""Stores the bytes that a run's record only refers to: images, speech, files, and answers too long for it.

A reference is `<run id>/<digest>`: what a run has stored is deleted with the run's history, in one call, and equal
bytes of one run are stored once. A fork reads what it shares from the run that it was forked from.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Protocol

from ..errors import GenisysError
from .logs import Logger

INLINE_BYTES = 128 * 1024
"""The most that an answer may have to be in the record itself; longer ones are stored beside it."""
INLINE_WITHOUT_STORE_BYTES = 3 * 1024 * 1024
"""The same where there is no place to store bytes."""

_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}/[0-9a-f]{32}", re.ASCII)


class BlobMissing(GenisysError):
    """Bytes that a run's record refers to cannot be read here. `permanent`: another try would not find them either."""


class BlobNotKept(GenisysError):
    """Bytes that a run received cannot be stored. `permanent`: another try would be paid for, and lost as well."""


class BlobStore(Protocol):
    """Stores bytes by reference. What `put` has returned survives crashes, until `forget`."""

    async def put(self, run_id: str, data: bytes) -> str:
        """Store the bytes and return the reference. To put them again does nothing more."""
        ...

    async def get(self, reference: str) -> bytes:
        """Return the bytes. Raises BlobMissing."""
        ...

    async def forget(self, run_id: str) -> None:
        """Delete all that the run has stored, if anything."""
        ...


class FolderBlobs:
    """Stores bytes as files (0600) in a folder (0700) that all workers of the runs can reach."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def __repr__(self) -> str:
        return f"FolderBlobs({str(self._folder)!r})"

    async def put(self, run_id: str, data: bytes) -> str:
        reference = reference_to(run_id, data)
        await asyncio.to_thread(self._write, reference, data)
        return reference

    async def get(self, reference: str) -> bytes:
        try:
            data = await asyncio.to_thread((self._folder / checked(reference)).read_bytes)
        except OSError as error:
            raise missing(reference, f"the folder of this worker does not have them ({error.strerror})") from error
        if reference_to(reference.partition("/")[0], data) != reference:
            raise missing(reference, "what the folder has under their name is something else")
        return data

    async def forget(self, run_id: str) -> None:
        folder = self._folder / checked(f"{run_id}/{'0' * 32}").partition("/")[0]
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _write(self, reference: str, data: bytes) -> None:
        path = self._folder / reference
        if path.exists():
            return
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Whole or not at all, and on the disk before the record refers to it. A temporary file is 0600.
        number, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            raise


def reference_to(run_id: str, data: bytes) -> str:
    """Return the reference to these bytes of a run: its id, and 128 bits of BLAKE2b (RFC 7693)."""
    return checked(f"{run_id}/{hashlib.blake2b(data, digest_size=16).hexdigest()}")


def checked(reference: str) -> str:
    """Return the reference. Raises ValueError where it is not one, such as a path that leads out of a folder."""
    if not _REFERENCE.fullmatch(reference) or reference.startswith("."):
        raise ValueError(f"{reference!r} is no reference to kept bytes")
    return reference


def missing(reference: str, why: str) -> BlobMissing:
    """Return the error of bytes that cannot be read."""
    return BlobMissing(
        f"The bytes {reference} that this run has received cannot be read: {why}. Nothing was sent again. Give all "
        "workers the same folder (GENISYS_BLOBS, or --blobs), or fork the run at this step to pay for it again.",
        permanent=True,
        detail={"reference": reference},
    )


log = Logger("genisys.blobs")

_store: BlobStore | None = None


def keep_blobs_in(store: BlobStore | None) -> None:
    """Set where this process stores the bytes that runs receive; None for nowhere."""
    global _store
    _store = store


def blobs() -> BlobStore | None:
    """Return where this process stores bytes; None where nothing was set."""
    return _store


async def keep(run_id: str, data: bytes) -> str:
    """Store bytes that a run received and return the reference. Raises BlobNotKept."""
    return await _put(
        run_id,
        data,
        f"An answer of {len(data) / 1_000_000:.1f} MB came, and may have been paid for, but could not be kept: {{}}. "
        "What was done before is kept, and nothing was sent again. {} Then retry the run: it asks again.",
    )


async def check_room() -> None:
    """Raise BlobNotKept where bytes could not be stored now, before they are requested and paid for."""
    probe = f"probe-{secrets.token_hex(8)}"
    await _put(probe, b"", "What this answers could not be kept: {}. Nothing was sent. {} Then retry the run.")
    if _store is not None:
        with contextlib.suppress(Exception):  # A probe that stays behind is an empty file.
            await _store.forget(probe)


async def _put(run_id: str, data: bytes, sentences: str) -> str:
    """Put bytes into the store. Raises BlobNotKept with `sentences`, filled with why, and what to do."""
    if _store is None:
        give = "Give all workers the same folder (GENISYS_BLOBS, `--blobs DIR`, or keep_blobs_in(FolderBlobs(...)))."
        raise BlobNotKept(sentences.format("this worker was given no place for bytes", give), permanent=True)
    try:
        return await _store.put(run_id, data)
    except GenisysError:
        raise
    except Exception as error:
        log.error("blobs.refused", run_id=run_id, store=repr(_store), bytes=len(data), error=repr(error))
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        mend = "Have whoever runs the workers look at the place for bytes (GENISYS_BLOBS, `--blobs`): the log names it."
        raise BlobNotKept(
            sentences.format(f"the place for bytes of this worker took nothing ({why})", mend), permanent=True
        ) from error


async def kept(reference: str) -> bytes:
    """Return stored bytes. Raises BlobMissing."""
    if _store is None:
        raise missing(reference, "this worker was given no place to keep bytes")
    return await _store.get(reference)
