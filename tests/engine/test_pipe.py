"""One connection for many commands: what leaves together, and that each call gets its own answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from genisys.host import Engine


@pytest.fixture
async def pipe(engine: Engine) -> Any:
    pipe = engine.store._pipe
    await pipe.call("PING")  # its scripts left together
    return pipe


@pytest.fixture
def written(pipe: Any, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was handed to the system, a call an entry."""
    calls: list[bytes] = []
    transport = pipe._transport
    send = transport.write

    def write(data: bytes) -> None:
        calls.append(data)
        send(data)

    monkeypatch.setattr(transport, "write", write)
    return calls


async def _echoes(pipe: Any, count: int) -> None:
    said = [b"%d" % number for number in range(count)]
    assert await asyncio.gather(*[pipe.call("ECHO", each) for each in said]) == said


async def test_a_lone_command_leaves_before_the_loop_turns(pipe: Any, written: list[bytes]) -> None:
    for number in range(3):
        asked = pipe._send("ECHO", f"{number}")
        assert len(written) == number + 1
        assert await asked == b"%d" % number


async def test_where_several_leave_together_they_wake_redis_once(pipe: Any, written: list[bytes]) -> None:
    await _echoes(pipe, 20)
    written.clear()
    await _echoes(pipe, 20)
    assert [data.count(b"ECHO") for data in written] == [20]


async def test_who_is_alone_again_waits_for_nobody(pipe: Any, written: list[bytes]) -> None:
    await _echoes(pipe, 20)
    await _echoes(pipe, 1)  # held back to the end of its turn, where it turned out to be alone
    written.clear()
    asked = pipe._send("ECHO", "a")
    assert len(written) == 1
    assert await asked == b"a"
