"""`manage.py run WORKFLOW`: starts a run of any workflow and shows it in the terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from difflib import SequenceMatcher
from typing import Any

from django.core.management.base import CommandError

from genisys import Workflow, workflows
from runs.terminal.given import SYNTAX, json_of
from runs.terminal.run_command import Order, OrderCommand


class Command(OrderCommand):
    help = "Starts a run of a workflow and shows it until its end. Exit code 0 says success, 1 that it failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workflow", metavar="WORKFLOW", help="its name")
        parser.add_argument("--input", metavar="JSON", default="{}", help=f"its input, as {SYNTAX}")
        parser.add_argument("--title", default="", help="what the run is called; by default as the workflow names it")
        super().add_arguments(parser)

    def order(self, options: dict[str, Any]) -> Order:
        workflow = _workflow(options["workflow"])
        input = workflow.input_type.model_validate(json_of(options["input"], "The input"))
        return Order(workflow.name, input, options["title"])


def _workflow(name: str) -> Workflow[Any, Any]:
    """Return the workflow of that name. Raises CommandError with those there are, the likeliest first."""
    known = workflows()
    if name in known:
        return known[name]
    nearest = sorted(known, key=lambda each: (-SequenceMatcher(None, name.lower(), each.lower()).ratio(), each))
    raise CommandError(f"No workflow is named {name!r}. There {_there_are(nearest)}.")


def _there_are(names: list[str]) -> str:
    if not names:
        return "is none"
    return f"is {names[0]}" if len(names) == 1 else f"are {', '.join(names[:-1])} and {names[-1]}"
