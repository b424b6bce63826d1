"""`manage.py export_post POST`: writes a finished post to a file, or to the terminal."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from agents.export.views import file_of
from agents.models import Post

FORMS = ("markdown", "html", "docx")


class Command(BaseCommand):
    help = "Writes a finished post as Markdown, HTML or Word, to a file or to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("post", metavar="POST", help="the post's id, which its address has")
        parser.add_argument(
            "--as", dest="form", choices=FORMS, default="markdown", help="the form; markdown by default"
        )
        parser.add_argument("--output", metavar="FILE", type=Path, help="the file; standard output by default")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            post = Post.objects.exclude(markdown="").get(pk=options["post"])
        except (Post.DoesNotExist, ValidationError) as error:
            raise CommandError(f"There is no finished post {options['post']}.") from error
        content, _ = file_of(post, options["form"])
        if options["output"]:
            options["output"].write_bytes(content)
        elif options["form"] == "docx":
            sys.stdout.buffer.write(content)
        else:
            self.stdout.write(content.decode(), ending="")
