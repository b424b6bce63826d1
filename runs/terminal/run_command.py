"""Commands that start a run and show it in the terminal, as the start page does in a browser."""

from __future__ import annotations

import json
import os
import sys
from abc import abstractmethod
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError
from pydantic import BaseModel, ValidationError

from genisys import UserError
from runs.models import Run
from runs.service.starting import start_run
from runs.terminal.person import add_user_argument, person
from runs.terminal.screen import EXIT_COMPLETED, address, follow_in_terminal
from runs.terminal.work import done


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run. Without a title the workflow names its run."""

    workflow: str
    input: BaseModel
    title: str = ""


class OrderCommand(BaseCommand):
    """The base of such a command, which makes the order. Exit codes: `follow_in_terminal`; 0 with `--no-wait`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        waiting = parser.add_mutually_exclusive_group()
        waiting.add_argument("--follow", action="store_true", help="show the run until it has ended (the default)")
        waiting.add_argument("--no-wait", action="store_true", help="print the run's id alone, and leave it going")
        parser.add_argument("-o", "--output", metavar="FILE", default="", help="write the result to FILE, as JSON")
        parser.add_argument("--json", action="store_true", help="print the result alone, as JSON")
        parser.add_argument(
            "--key", metavar="KEY", default="", help="an idempotency key: the same key and order give the same run"
        )
        add_user_argument(parser)

    @abstractmethod
    def order(self, options: dict[str, Any]) -> Order:
        """Return what is to be run. A ValidationError or UserError that it raises is shown as a sentence."""

    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["user"])
        file = _result_file(options["output"])
        if file is not None and options["no_wait"]:
            raise CommandError("With --no-wait there is no result to write: leave out one of --no-wait and --output.")
        try:
            order = self.order(options)
        except ValidationError as error:
            raise CommandError(_in_words(error)) from error
        except UserError as error:
            raise CommandError(error.message) from error
        sys.exit(done(self._run(user, order, file, options)))

    async def _run(self, user: AbstractBaseUser, order: Order, file: Path | None, options: dict[str, Any]) -> int:
        run = await start_run(
            user=user,
            workflow=order.workflow,
            input=order.input,
            title=order.title,
            idempotency_key=options["key"],
        )
        if options["no_wait"]:
            self._show_started(run, as_json=options["json"])
            return EXIT_COMPLETED
        return await follow_in_terminal(run, json_output=options["json"], stream=sys.stdout, result_file=file)

    def _show_started(self, run: Run, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"id": run.pk, "status": run.status, "url": address(run)}))
            return
        self.stderr.write(f"The run goes on in the background. Watch it at {address(run)}")
        self.stdout.write(run.pk)


def _result_file(name: str) -> Path | None:
    """Return where the result goes; better to know now that it cannot than when the run has ended."""
    if not name:
        return None
    path = Path(name)
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise CommandError(f"{name} cannot be written.")
    return path


def _in_words(error: ValidationError) -> str:
    wrong = error.errors(include_url=False, include_input=False)
    said = (f"{'.'.join(str(part) for part in each['loc']) or 'input'}: {each['msg']}" for each in wrong[:5])
    return f"{'; '.join(said)}."
