"""`manage.py export_post POST`: writes a finished post to a file, to the terminal, or to a blog as a draft."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from agents.access import own_blogs
from agents.export.views import file_of
from agents.handover.requests import HandOverRequest
from agents.models import Blog, Post
from runs.service.starting import start_run
from runs.terminal.screen import follow_in_terminal
from runs.terminal.work import done

FORMS = ("markdown", "html", "docx")


class Command(BaseCommand):
    help = (
        "Writes a finished post as Markdown, HTML or Word, to a file or to standard output; or hands it over to one of "
        "its owner's blogs, as a draft."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("post", metavar="POST", help="the post's id, which its address has")
        parser.add_argument(
            "--as", dest="form", choices=FORMS, default="markdown", help="the form; markdown by default"
        )
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--output", metavar="FILE", type=Path, help="the file; standard output by default")
        where.add_argument(
            "--to",
            metavar="BLOG",
            help="hand it over to this blog of the post's owner: its id, or its address as the list of blogs has it",
        )
        parser.add_argument(
            "--replace", action="store_true", help="with --to: put it over what was changed in the draft there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            post = Post.objects.exclude(markdown="").select_related("owner").get(pk=options["post"])
        except (Post.DoesNotExist, ValidationError) as error:
            raise CommandError(f"There is no finished post {options['post']}.") from error
        if options["to"]:
            sys.exit(done(_handed_over(post, _blog(post, options["to"]), options["replace"])))
        content, _ = file_of(post, options["form"])
        if options["output"]:
            options["output"].write_bytes(content)
        elif options["form"] == "docx":
            sys.stdout.buffer.write(content)
        else:
            self.stdout.write(content.decode(), ending="")


async def _handed_over(post: Post, blog: Blog, replace: bool) -> int:
    """Run the hand-over for the post's owner; return the exit code: 0 says that the draft is there."""
    order = HandOverRequest(post_id=str(post.pk), blog_id=str(blog.pk), replace=replace)
    run = await start_run(
        user=post.owner, workflow="hand-over-post", input=order, title=f"{post} to {blog}"[:300], idempotency_key=""
    )
    return await follow_in_terminal(run, json_output=False, stream=sys.stdout)


def _blog(post: Post, named: str) -> Blog:
    """Return the owner's blog of that id or address. Raises CommandError where there is none, or several."""
    mine = own_blogs(post.owner_id)
    found = [blog for blog in mine if named.rstrip("/") in (str(blog.pk), str(blog), blog.address)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{blog} ({blog.pk})" for blog in mine) or "none: add one under Account, Blogs"
    raise CommandError(f"The post's owner has no blog “{named}”, or several of that address. There are {there}.")
