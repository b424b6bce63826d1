"""The model of a reading, scripted: `python -m benchmarks.ingestion.model PORT PAGES FILE TOKEN_S PER_MINUTE BURST_S`.

It answers from the page that it is shown. Each answer is a line in the file: when it was asked for, and of which
page. After every 100th answer all requests get 429 for so many seconds.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from genisys.testing.provider import FakeProvider, Fault, grounded_responder, prompt_text

from .site import path_of, title_of

BURST_EVERY = 100


class Bursting(FakeProvider):
    """A provider that notes what it answers, and of which page, and now and then answers nobody for a while."""

    def __init__(self, port: int, pages: int, file: Path, burst_s: float) -> None:
        super().__init__(responder=self._noted, port=port)
        self._paths = {title_of(number): path_of(number) for number in range(pages)}
        self._file = file.open("a", buffering=1)
        self._burst_s = burst_s
        self._refuses_until = 0.0
        self._answered = 0

    def next_fault(self, body: dict[str, Any]) -> Fault | None:
        left = self._refuses_until - time.monotonic()
        return Fault("status", status=429, retry_after=left) if left > 0 else super().next_fault(body)

    def _noted(self, body: dict[str, Any]) -> str:
        lines = (said := prompt_text(body)).splitlines()
        path = next((self._paths[line.strip()] for line in lines if line.strip() in self._paths), "")
        question = hashlib.sha256(said.encode()).hexdigest()
        self._file.write(json.dumps({"at": time.time(), "path": path, "question": question}) + "\n")
        self._answered += 1
        if self._answered % BURST_EVERY == 0:
            self._refuses_until = time.monotonic() + self._burst_s
        return grounded_responder(body)


async def main(port: int, pages: int, file: Path, token_s: float, per_minute: int, burst_s: float) -> None:
    """Serve until the process is ended."""
    async with Bursting(port, pages, file, burst_s) as provider:
        provider.token_seconds = token_s
        provider.quota(per_minute or None)
        await asyncio.Event().wait()


if __name__ == "__main__":
    port, pages, file, token_s, per_minute, burst_s = sys.argv[1:]
    asyncio.run(main(int(port), int(pages), Path(file), float(token_s), int(per_minute), float(burst_s)))
