"""The model of a reading, scripted: `python -m benchmarks.ingestion.model PORT PAGES FILE TOKEN_S PER_MINUTE BURST`.

It answers from the page that it is shown. Each answer is a line in the file: when it was asked for, and of which
page. With BURST, after every 50th answer so many requests get 429.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from genisys.testing.provider import FakeProvider, grounded_responder, prompt_text

from .site import path_of, title_of

BURST_EVERY = 50
RETRY_AFTER_S = 1


class Noting:
    """The responder: answers, and notes for which page."""

    def __init__(self, provider: FakeProvider, pages: int, file: Path, burst: int) -> None:
        self._provider = provider
        self._paths = {title_of(number): path_of(number) for number in range(pages)}
        self._file = file.open("a", buffering=1)
        self._burst = burst
        self._answered = 0

    def __call__(self, body: dict[str, Any]) -> str:
        lines = (said := prompt_text(body)).splitlines()
        question = hashlib.sha256(said.encode()).hexdigest()
        path = next((self._paths[line.strip()] for line in lines if line.strip() in self._paths), "")
        self._file.write(json.dumps({"at": time.time(), "path": path, "question": question}) + "\n")
        self._answered += 1
        if self._burst and self._answered % BURST_EVERY == 0:
            self._provider.fault("status", self._burst, status=429, retry_after=RETRY_AFTER_S)
        return grounded_responder(body)


async def main(port: int, pages: int, file: Path, token_s: float, per_minute: int, burst: int) -> None:
    """Serve until the process is ended."""
    async with FakeProvider(port=port) as provider:
        provider.responder = Noting(provider, pages, file, burst)
        provider.token_seconds = token_s
        provider.quota(per_minute or None)
        await asyncio.Event().wait()


if __name__ == "__main__":
    port, pages, file, token_s, per_minute, burst = sys.argv[1:]
    asyncio.run(main(int(port), int(pages), Path(file), float(token_s), int(per_minute), int(burst)))
