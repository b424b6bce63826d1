"""What others do, each as a minimal application under Daphne: `daphne benchmarks.streams.rivals:application`.

BENCH_RIVAL names one, BENCH_REDIS its Redis. None of them checks who is there, resumes, or keeps what it sent.

| name | how an event reaches a viewer |
| --- | --- |
| `xread_each` | a connection of its own for each viewer, blocked in XREAD BLOCK |
| `group_send` | Channels' `group_send` through channels_redis, a consumer for each viewer |
| `eventstream` | django-eventstream, its Redis pub/sub between processes, Server-Sent Events |

`python -m benchmarks.streams.rivals` is the writer of the same one, with the orders of `writer`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import django
import redis.asyncio
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

from .writer import pieces

RIVAL = os.environ["BENCH_RIVAL"]
REDIS = os.environ["BENCH_REDIS"]
BLOCK_MS = 10_000

_place = urlsplit(REDIS)
settings.configure(
    SECRET_KEY="bench",  # noqa: S106 - signs nothing
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["channels", *(["django_eventstream"] if RIVAL == "eventstream" else [])],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS, "socket_timeout": None}]},
        }
    },
    EVENTSTREAM_REDIS={"host": _place.hostname, "port": _place.port, "socket_timeout": None},
)
django.setup()

urlpatterns: list[Any] = []
if RIVAL == "eventstream":
    from django_eventstream import send_event
    from django_eventstream.views import events

    urlpatterns = [path("events/<str:run>", events, {"format-channels": ["{run}"]})]


async def xread_each(scope: Any, receive: Any, send: Any) -> None:
    """A viewer who holds a connection."""
    await receive()
    await send({"type": "websocket.accept"})
    run = json.loads((await receive())["text"])["run"]
    client = redis.asyncio.Redis.from_url(REDIS, single_connection_client=True, socket_timeout=None)

    async def follow() -> None:
        last: Any = "0-0"
        while True:
            answer: Any = await client.xread({run: last}, count=500, block=BLOCK_MS)
            for _, entries in answer:
                for entry, fields in entries:
                    await send({"type": "websocket.send", "text": fields[b"e"].decode()})
                    last = entry

    following = asyncio.create_task(follow())
    while (await receive())["type"] != "websocket.disconnect":
        pass
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following
    await client.aclose()


class GroupViewer(AsyncWebsocketConsumer):
    """A viewer who is in a group."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.run = json.loads(text_data or "{}")["run"]
        await self.channel_layer.group_add(self.run, self.channel_name)

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.run, self.channel_name)

    async def news(self, message: dict[str, Any]) -> None:
        await self.send(text_data=message["text"])


application: Any = {
    "xread_each": xread_each,
    "group_send": GroupViewer.as_asgi(),
    "eventstream": get_asgi_application(),
}[RIVAL]


class Pen:
    """Writes to all runs at one rate, as the rival is written to."""

    def __init__(self) -> None:
        self._client = redis.asyncio.Redis.from_url(REDIS, socket_timeout=None)
        self._layer = get_channel_layer() if RIVAL == "group_send" else None
        self._runs: list[str] = []
        self._pieces = pieces(1)
        self._written = 0
        self._writing: list[asyncio.Task[None]] = []

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        match order["do"]:
            case "create":
                self._runs = order["runs"]
            case "rate":
                for task in self._writing:
                    task.cancel()
                await asyncio.gather(*self._writing, return_exceptions=True)
                every_s = 1 / order["per_run"] if order["per_run"] else 0
                self._writing = [asyncio.create_task(self._write(run, every_s)) for run in self._runs if every_s]
            case "count":
                return {"events": self._written}
        return {}

    async def _write(self, run: str, every_s: float) -> None:
        say: Callable[[str, dict[str, Any]], Awaitable[None]] = getattr(self, f"_{RIVAL}")
        loop = asyncio.get_running_loop()
        due = loop.time() + random.uniform(0, every_s)  # noqa: S311 - runs do not write in step
        while True:
            await asyncio.sleep(due - loop.time())
            event = {"type": "text.delta", "txt": next(self._pieces), "sent": time.time_ns()}
            await say(run, event)
            self._written += 1
            due = max(due + every_s, loop.time() - 1)

    async def _xread_each(self, run: str, event: dict[str, Any]) -> None:
        await self._client.xadd(run, {"e": json.dumps(event)})

    async def _group_send(self, run: str, event: dict[str, Any]) -> None:
        assert self._layer is not None
        await self._layer.group_send(run, {"type": "news", "text": json.dumps(event)})

    async def _eventstream(self, run: str, event: dict[str, Any]) -> None:
        send_event(run, "message", event)


async def main() -> None:
    pen = Pen()
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await pen.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
