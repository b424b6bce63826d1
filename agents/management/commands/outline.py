"""`manage.py outline POST`: shows the outline of a post as JSON; with `--change`, has the post written to another."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError as Misfit

from agents.brief.outlines import Outlined
from agents.models import Post
from agents.outlining.changing import change, current
from runs.models import Run
from runs.rules.audit import Actor, Via
from runs.terminal.given import SYNTAX, object_of
from runs.terminal.screen import address
from runs.terminal.work import done


class Command(BaseCommand):
    help = (
        "Shows the outline of a post as JSON. With --change, what that changes is written anew, and the rest is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("post", metavar="POST", help="the post's id, which its address has")
        parser.add_argument("--change", metavar="JSON", default="", help=f"the outline as it shall be: {SYNTAX}")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            post = Post.objects.select_related("owner").get(pk=options["post"])
        except (Post.DoesNotExist, ValidationError) as error:
            raise CommandError(f"There is no post {options['post']}.") from error
        try:
            if options["change"]:
                run = done(_changed(post, Outlined.model_validate(object_of(options["change"], "The outline"))))
                self.stderr.write(f"It is being written to this outline. Watch it at {address(run)}")
                self.stdout.write(run.pk)
            else:
                found = done(current(post)).outline
                self.stdout.write(json.dumps(found.model_dump(), indent=2, ensure_ascii=False))
        except Misfit as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in fault["loc"])
            raise CommandError(f"The outline does not fit: {place}: {fault['msg']}.") from error


async def _changed(post: Post, outline: Outlined) -> Run:
    """Act as the post's owner, as whoever has a terminal of the server may."""
    return await change(post, await current(post), Actor(post.owner, Via.COMMAND), outline)
