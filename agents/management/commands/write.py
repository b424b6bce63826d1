"""`manage.py write TOPIC`: writes a post and shows the run in the terminal."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from agents.requests import FEWEST_SECTIONS, MOST_SECTIONS, SECTIONS, PostRequest
from genisys import STORE_ERRORS, UserError
from ingestion.management.person import add_user_argument, person
from runs.service import close_engine, start_run
from runs.terminal import follow_in_terminal


class Command(BaseCommand):
    help = "Writes a post: the same run as from the start page, with its progress here. Exit code 0 says success."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("topic", help="what the post is about")
        parser.add_argument("--site", metavar="ID", default=None, help="the site to write from; all of them by default")
        parser.add_argument(
            "--sections",
            type=int,
            default=SECTIONS,
            help=f"how many sections, {FEWEST_SECTIONS} to {MOST_SECTIONS}; {SECTIONS} by default",
        )
        parser.add_argument("--json", action="store_true", help="print the result alone, as JSON")
        add_user_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["user"])
        try:
            order = PostRequest(topic=options["topic"], site_id=options["site"], sections=options["sections"])
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            raise CommandError(f"{wrong['loc'][0]}: {wrong['msg']}.") from error
        sys.exit(asyncio.run(self._run(user, order, json_output=options["json"])))

    async def _run(self, user: AbstractBaseUser, order: PostRequest, *, json_output: bool) -> int:
        try:
            run = await start_run(user=user, workflow="write-post", input=order, title=order.topic)
            return await follow_in_terminal(run, json_output=json_output, stream=sys.stdout)
        except UserError as error:
            raise CommandError(error.message) from error
        except STORE_ERRORS as error:
            raise CommandError("Redis does not answer. Is `manage.py up` running?") from error
        finally:
            await close_engine()
