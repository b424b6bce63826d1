"""The command `python -m genisys.testing`."""

from __future__ import annotations

import argparse
import asyncio

from .server import FakeProvider


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m genisys.testing")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token-seconds", type=float, default=0.0, help="the pause before each streamed token")
    given = parser.parse_args()

    async def serve() -> None:
        async with FakeProvider(port=given.port) as provider:
            provider.token_seconds = given.token_seconds
            print(f"listening on {provider.base_url}", flush=True)
            await asyncio.Event().wait()

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        return 0
    return 0
