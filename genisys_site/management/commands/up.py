"""`manage.py up`: the whole product on this machine."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from genisys_site.configuration import environment
from genisys_site.configuration.refusal import CannotStart
from genisys_site.launching import launch
from genisys_site.launching.ports import LOOPBACK


class Command(BaseCommand):
    help = (
        "Runs everything: Redis, the local model when no provider is named, migrations, the web server, a "
        "worker and control. REDIS_URL, DATABASE_URL, OPENAI_API_KEY and OPENAI_BASE_URL replace the "
        "built-in parts."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
        parser.add_argument("--no-model", action="store_true", help="never start the local model")

    def handle(self, *args: Any, host: str, no_model: bool, **options: Any) -> None:
        plan = launch.Plan(env=environment.load(), host=host, with_model=not no_model, base_environ=dict(os.environ))
        try:
            launch.up(plan)
        except CannotStart as exc:
            self.stderr.write(str(exc))
            sys.exit(2)
