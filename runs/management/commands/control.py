"""`manage.py control`: the control plane as a process."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from runs.control_plane.control import Control
from runs.engines import new_engine
from runs.live.resources import keep_connections

CONNECTIONS = 4
"""One waits for changes of status, and the others are enough for what control does side by side: all of it is short."""


class Command(BaseCommand):
    help = "Watches runs, writes their record into the database, and restarts what stopped. Run one or more."

    def handle(self, *args: Any, **options: Any) -> None:
        keep_connections()  # It looks into the database every few seconds.
        asyncio.run(self._control())

    async def _control(self) -> None:
        engine = new_engine(connections=CONNECTIONS)
        control = Control(engine)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, control.stop)
        try:
            await control.run()
        finally:
            await engine.close()
