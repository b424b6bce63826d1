"""Kept bytes: one suite for every place that keeps them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from genisys.host import BlobMissing, BlobStore, FolderBlobs
from genisys.testing import MemoryBlobs


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return FolderBlobs(tmp_path / "kept" / "here") if request.param == "folder" else MemoryBlobs()


async def test_bytes_come_back_as_they_were_and_equal_ones_are_kept_once(store: BlobStore) -> None:
    data = bytes(range(256)) * 100
    reference = await store.put("run-1", data)
    assert await store.put("run-1", data) == reference
    assert await store.get(reference) == data
    assert await store.put("run-1", b"other") != reference


async def test_a_run_is_forgotten_alone(store: BlobStore) -> None:
    gone, kept = await store.put("run-1", b"x"), await store.put("run-2", b"x")
    await store.forget("run-1")
    await store.forget("never-was")
    assert await store.get(kept) == b"x"
    with pytest.raises(BlobMissing, match="Nothing was sent again") as caught:
        await store.get(gone)
    assert caught.value.permanent


async def test_no_name_leads_out_of_the_place(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    store = FolderBlobs(tmp_path / "inside")
    for wrong in ("../outside", "..", "a/b", "", "/etc"):
        with pytest.raises(ValueError, match="no reference"):
            await store.put(wrong, b"x")
        with pytest.raises(ValueError, match="no reference"):
            await store.get(f"{wrong}/{'0' * 32}")
        with pytest.raises(ValueError, match="no reference"):
            await store.forget(wrong)
    assert (tmp_path / "outside").exists()


async def test_files_are_their_owners_alone_and_changed_ones_are_not_given(tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path / "kept")
    reference = await store.put("run-1", b"bytes")
    path = tmp_path / "kept" / reference
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    path.write_bytes(b"others")
    with pytest.raises(BlobMissing, match="something else"):
        await store.get(reference)
