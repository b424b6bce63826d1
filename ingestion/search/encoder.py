"""Vectors of texts by the small embedding model, in numpy: a BERT encoder, its mean, of length one.

Some 5 GFLOP for a text of 128 tokens. The weights take about 110 MB in a process once the first text is encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingestion.search.model_file import ModelFile

_SPACE = "▁"
_LONGEST_PIECE = 16
_UNKNOWN_COSTS = 10.0
_LONGEST_TEXT = 4000


@dataclass(frozen=True)
class _Layer:
    qkv: Any
    qkv_bias: Any
    out: Any
    out_bias: Any
    norm: tuple[Any, Any]
    up: Any
    up_bias: Any
    down: Any
    down_bias: Any
    last_norm: tuple[Any, Any]


class Encoder:
    """The model, ready. One thread at a time."""

    def __init__(self, file: ModelFile) -> None:
        self._file = file
        self._layers = [_layer(file, number) for number in range(file.layers)]
        self._positions = file.tensors["emb.pos"].reshape(-1, file.width)
        self._lowest = float(file.scores.min()) - _UNKNOWN_COSTS

    def encode(self, texts: Sequence[str], tokens: int) -> Any:
        """Return one vector a row, float32, from at most that many tokens of each text."""
        ids = [self.tokens(text)[: tokens - 2] for text in texts]
        return np.stack([self._vector([self._file.begin, *each, self._file.end]) for each in ids])

    def tokens(self, text: str) -> list[int]:
        """Return the numbers of a text's pieces: the likeliest cut (unigram model; Kudo, 2018)."""
        plain = " ".join(text[:_LONGEST_TEXT].translate(self._file.plain).split(" "))
        return [piece for word in plain.split() for piece in self._cut(_SPACE + word)]

    def _cut(self, word: str) -> list[int]:
        pieces, scores = self._file.pieces, self._file.scores
        best: list[tuple[float, int, int]] = [(0.0, 0, -1)]
        for end in range(1, len(word) + 1):
            found = (best[end - 1][0] + self._lowest, end - 1, self._file.unknown)
            for start in range(max(0, end - _LONGEST_PIECE), end):
                piece = pieces.get(word[start:end])
                if piece is not None and (score := best[start][0] + float(scores[piece])) > found[0]:
                    found = (score, start, piece)
            best.append(found)
        cut: list[int] = []
        at = len(word)
        while at:
            _, at, piece = best[at]
            cut.append(piece)
        return cut[::-1]

    def _vector(self, ids: Sequence[int]) -> Any:
        tensors, width = self._file.tensors, self._file.width
        x = self._file.rows("emb.word", np.asarray(ids), width) + self._positions[: len(ids)]
        x = self._norm(x + tensors["emb.type"][:width], (tensors["emb.ln.w"], tensors["emb.ln.b"]))
        for layer in self._layers:
            x = self._norm(x + self._attended(x, layer), layer.norm)
            inner = x @ layer.up + layer.up_bias
            # GELU by its approximation with tanh (Hendrycks and Gimpel, 2016).
            inner *= 0.5 * (1 + np.tanh(0.79788456 * inner * (1 + 0.044715 * inner * inner)))
            x = self._norm(x + inner @ layer.down + layer.down_bias, layer.last_norm)
        mean = x.mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)

    def _attended(self, x: Any, layer: _Layer) -> Any:
        heads, size = self._file.heads, self._file.width // self._file.heads
        q, k, v = (x @ layer.qkv + layer.qkv_bias).reshape(len(x), 3, heads, size).transpose(1, 2, 0, 3)
        weights = q @ k.transpose(0, 2, 1) / np.sqrt(np.float32(size))
        weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return (weights @ v).transpose(1, 0, 2).reshape(len(x), -1) @ layer.out + layer.out_bias

    def _norm(self, x: Any, by: tuple[Any, Any]) -> Any:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(self._file.epsilon))
        return x * by[0] + by[1]


def _layer(file: ModelFile, number: int) -> _Layer:
    def vector(name: str) -> Any:
        return np.array(file.tensors[f"l{number}.{name}"])

    def matrix(name: str, width: int) -> Any:
        return file.matrix(f"l{number}.{name}", width)

    width = file.width
    return _Layer(
        qkv=np.concatenate([matrix(name, width) for name in ("q.w", "k.w", "v.w")], axis=1),
        qkv_bias=np.concatenate([vector(name) for name in ("q.b", "k.b", "v.b")]),
        out=matrix("ao.w", width),
        out_bias=vector("ao.b"),
        norm=(vector("aln.w"), vector("aln.b")),
        up=matrix("fi.w", width),
        up_bias=vector("fi.b"),
        down=matrix("fo.w", len(vector("fi.b"))),
        down_bias=vector("fo.b"),
        last_norm=(vector("oln.w"), vector("oln.b")),
    )
