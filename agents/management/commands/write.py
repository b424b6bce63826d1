"""`manage.py write TOPIC`: writes a post and shows the run in the terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from agents.requests import FEWEST_SECTIONS, MOST_SECTIONS, SECTIONS, PostRequest
from runs.terminal.run_command import Order, OrderCommand


class Command(OrderCommand):
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
        super().add_arguments(parser)

    def order(self, options: dict[str, Any]) -> Order:
        post = PostRequest(topic=options["topic"], site_id=options["site"], sections=options["sections"])
        return Order("write-post", post, post.topic)
