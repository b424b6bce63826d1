"""A stream of the SDK as its reader sees it, and what of it is recorded."""

from __future__ import annotations

from typing import Any

from ..answers.pump import Pump


class RecordedStream:
    """A stream like the SDK's: an async iterator that can be closed, or used with `async with`."""

    def __init__(self, pump: Pump[Any]) -> None:
        self._pump = pump
        self._first: list[Any] = []

    async def open(self) -> None:
        """Wait for the first item. Raises what the call raises."""
        self._first.append(await anext(self._pump))

    def __aiter__(self) -> RecordedStream:
        return self

    async def __anext__(self) -> Any:
        return self._first.pop() if self._first else await anext(self._pump)

    async def __aenter__(self) -> RecordedStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop reading. A stream that was not read to its end is not recorded."""
        await self._pump.aclose()

    aclose = close

    @property
    def response(self) -> RecordedStream:
        """What the SDK's own stream helper closes: the stream itself, as a replay has no HTTP response."""
        return self


def add_chunk(recorded: list[dict[str, Any]], chunk: dict[str, Any]) -> None:
    """Record a chunk; text that follows text of the same kind joins it, so that the journal stays small."""
    if recorded and _only_text(recorded[-1]) and _only_text(chunk):
        recorded[-1]["choices"][0]["delta"]["content"] += chunk["choices"][0]["delta"]["content"]
    else:
        recorded.append(chunk)


def _only_text(chunk: dict[str, Any]) -> bool:
    choices = chunk.get("choices") or []
    if len(choices) != 1 or choices[0].get("index", 0) != 0 or choices[0].get("finish_reason"):
        return False
    delta = choices[0].get("delta") or {}
    given = {name for name, value in delta.items() if value is not None}
    return not chunk.get("usage") and given <= {"content", "role"} and isinstance(delta.get("content"), str)
