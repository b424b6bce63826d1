"""`manage.py record RUN`: makes a run's log the recording that the page for strangers replays."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from genisys_site.welcome import recording
from runs.engines import sync
from runs.models import Run
from runs.products import product_of
from runs.record.states import run_events


class Command(BaseCommand):
    help = (
        "Make the log of a finished run the recording that the page for strangers replays. Its texts are public then."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", help="the id of a run that has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Run.objects.filter(pk=options["run"]).first()
        if run is None or not run.finished or product_of(run.workflow) is None:
            raise CommandError("That is not a run of a product's workflow that has ended.")
        recording.write(sync(_whole_log)(run), recording.path())
        self.stdout.write(f"Recorded into {recording.path()}.")


async def _whole_log(run: Run) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while True:
        page = await run_events(run, after=events[-1]["seq"] if events else 0)
        events += page.events
        if not page.events or events[-1]["seq"] >= page.last_seq:
            return events
