"""`manage.py doctor`: looks at the whole installation and says what to do."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from genisys_site.doctor.examination import examine
from genisys_site.doctor.finding import Finding, Level

_MARKS = {Level.GOOD: "✓", Level.RISKY: "·", Level.BAD: "!"}


class Command(BaseCommand):
    help = (
        "Looks at settings, database, Redis, clock, workers, providers, mail and disk, and says what to do. "
        "Changes nothing. Ends with 1 where something keeps the product from working."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        found = asyncio.run(examine())
        if options["json"]:
            self.stdout.write(json.dumps([each.as_json() for each in found]))
        else:
            for each in found:
                self._say(each)
        if any(each.level is Level.BAD for each in found):
            sys.exit(1)

    def _say(self, finding: Finding) -> None:
        self.stdout.write(f"{_MARKS[finding.level]} {finding.part:<9} {finding.says}")
        if finding.todo:
            self.stdout.write(f"{'':<12}{finding.todo}")
