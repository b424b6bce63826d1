"""What stands for the meaning of a text: a vector; and which passages are near a question in it.

Made by the small model on this machine, which needs no key and knows some hundred languages. Where it is not installed
(`requirements-embedded.txt` has it, as data), there are no vectors, and search goes by words alone. A provider's
embeddings would come in at `vectors_of` and `nearest`; vectors of another length than the question's are not compared.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ingestion.search.encoder import Encoder
from ingestion.search.model_file import NotUsable, find, read

log = logging.getLogger(__name__)

TOKENS = 128
"""Of a passage, its labels first: what it is about stands in its beginning, and the time grows with each token."""
FAR, _NEAR = 0.80, 0.92
"""Cosines of this model: unrelated texts are about the first, the best answers about the second."""
_ROWS_AT_ONCE = 4096
"""Vectors are kept in bytes and compared as floats, four times as long: never all of a large site at once."""
_one_at_a_time = Lock()


def available() -> bool:
    """Return whether there is a model here. The first call loads it, in about a second."""
    with _one_at_a_time:
        return _encoder() is not None


def vectors_of(passages: Sequence[tuple[str, str, str]]) -> list[bytes]:
    """Return a vector for each passage (title, heading, text), as it is kept: its directions in one byte each.

    Empty where there is no model. Takes about 0.14 s of one core for each.
    """
    texts = ["passage: " + ". ".join(dict.fromkeys(part for part in each if part)) for each in passages]
    found = _encoded(texts)
    if found is None:
        return []
    scaled = found * (127 / np.abs(found).max(axis=1, keepdims=True))
    return [row.tobytes() for row in np.rint(scaled).astype(np.int8)]


def nearest(query: str, kept: Callable[[], Sequence[tuple[int, bytes]]], most: int) -> dict[int, float]:
    """Return the passages nearest to the question, nearest first, with their cosines. Empty where there is no model."""
    rows = kept()
    if not rows or (asked := _encoded(["query: " + query])) is None:
        return {}
    rows = [(key, vector) for key, vector in rows if len(vector) == asked.shape[1]]
    if not rows:
        return {}
    keys = np.array([key for key, _ in rows])
    parts = (rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE))
    # Rounded, so that equal passages are equally near wherever they stand.
    cosines = np.concatenate([_cosines([vector for _, vector in part], asked[0]) for part in parts]).round(5)
    order = np.lexsort((keys, -cosines))[:most]
    return {int(keys[at]): float(cosines[at]) for at in order}


def as_score(cosine: float) -> float:
    """Return how near a passage is, 0 to 1."""
    return min(1.0, max(0.0, (cosine - FAR) / (_NEAR - FAR)))


def _cosines(vectors: Sequence[bytes], asked: Any) -> Any:
    matrix = np.frombuffer(b"".join(vectors), np.int8).reshape(len(vectors), -1).astype(np.float32)
    return matrix @ asked / np.maximum(np.linalg.norm(matrix, axis=1), 1e-6)


def _encoded(texts: Sequence[str]) -> Any:
    with _one_at_a_time:
        encoder = _encoder()
        return encoder.encode(texts, TOKENS) if encoder is not None and texts else None


@cache
def _encoder() -> Encoder | None:
    try:
        file = read(find())
    except NotUsable as missing:
        log.info("search goes by words alone: %s", missing)
        return None
    # Matrices this small are slower on several threads than on one: measured, ten times.
    threadpool_limits(1, user_api="blas")
    return Encoder(file)
