"""A command that starts a product's run and shows it in the terminal, as the start page does in a browser."""

from __future__ import annotations

import asyncio
import sys
from abc import abstractmethod
from argparse import ArgumentParser
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError
from pydantic import BaseModel, ValidationError

from genisys import STORE_ERRORS, UserError
from runs.management.person import add_user_argument, person
from runs.service import close_engine, start_run
from runs.terminal import follow_in_terminal


class OrderCommand(BaseCommand):
    """The base of a product's command: it names the workflow and makes the order. Exit codes: `follow_in_terminal`."""

    workflow: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result alone, as JSON")
        add_user_argument(parser)

    @abstractmethod
    def order(self, options: dict[str, Any]) -> tuple[str, BaseModel]:
        """Give the run's title and input. A ValidationError is told as a sentence."""

    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["user"])
        try:
            title, order = self.order(options)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            raise CommandError(f"{wrong['loc'][0]}: {wrong['msg']}.") from error
        sys.exit(asyncio.run(self._run(user, title, order, json_output=options["json"])))

    async def _run(self, user: AbstractBaseUser, title: str, order: BaseModel, *, json_output: bool) -> int:
        try:
            run = await start_run(user=user, workflow=self.workflow, input=order, title=title)
            return await follow_in_terminal(run, json_output=json_output, stream=sys.stdout)
        except UserError as error:
            raise CommandError(error.message) from error
        except STORE_ERRORS as error:
            raise CommandError("Redis does not answer. Is `manage.py up` running?") from error
        finally:
            await close_engine()
