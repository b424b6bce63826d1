"""`manage.py worker`: runs workflows. Its body is the library's; Django is there for the products' tables."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from genisys.host import FolderBlobs, keep_blobs_in, run_worker
from genisys_site.launching import parent_watch
from runs.live.resources import keep_connections

ORPHAN_SECONDS = 3.0
"""A worker whose `up` was killed can hand its runs to nobody, since Redis goes too: it gets only a moment to stop."""
SWITCH_S = 0.0005
"""Steps reach the database in a thread. With Python's 5 ms it held up the event loop at each write to a socket: a site
was read by an eighth more slowly."""


class Command(BaseCommand):
    help = "Runs workflows until SIGTERM; then hands each run over at its next step."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=10, help="runs at once in a process (%(default)s)")
        parser.add_argument("--processes", type=int, default=1, help="worker processes (%(default)s)")
        parser.add_argument(
            "--hand-over-seconds",
            type=float,
            default=20,
            help="how long a stopping worker waits for its runs to reach a step boundary (%(default)s)",
        )
        parser.add_argument(
            "--no-spare",
            action="store_true",
            help="keep no process ready to replace one that dies: less memory, some seconds more until its runs go on",
        )
        parser.add_argument(
            "--tied-to", type=int, metavar="PID", help="a process whose end this one does not outlive (`up` says it)"
        )

    def handle(
        self,
        *args: Any,
        concurrency: int,
        processes: int,
        hand_over_seconds: float,
        no_spare: bool,
        tied_to: int | None,
        **options: Any,
    ) -> None:
        if tied_to is not None:
            parent_watch.end_after(tied_to, ORPHAN_SECONDS)
        keep_connections()
        sys.setswitchinterval(SWITCH_S)
        keep_blobs_in(FolderBlobs(settings.GENISYS_BLOBS))
        sys.exit(
            run_worker(
                redis_url=settings.REDIS_URL,
                deployment=settings.GENISYS_DEPLOYMENT,
                # The second one takes a second to import: before a run is taken, not at its first question.
                modules=["genisys_site.workflows", "genisys.openai"],
                concurrency=concurrency,
                processes=processes,
                hand_over_s=hand_over_seconds,
                per_owner=settings.GENISYS_RUNS_PER_PERSON,
                secret=settings.GENISYS_SECRETS,
                spare=not no_spare,
            )
        )
