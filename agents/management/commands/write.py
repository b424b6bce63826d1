"""`manage.py write TOPIC`: writes a post and shows the run in the terminal."""

from __future__ import annotations

import base64
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from agents.brief.brief import FORMATS, Brief, Caps
from agents.brief.requests import FEWEST_SECTIONS, MOST_SECTIONS, SECTIONS, PostRequest
from genisys import UserError
from runs.terminal.run_command import Order, OrderCommand

_TEXTS = {
    "audience": "who reads it",
    "goal": "what they should know or do afterwards",
    "call-to-action": "what the close asks of them",
    "keyword": "a phrase for the title and the opening",
    "tone": "the tone, in words; as the site speaks by default",
    "tone-sample": "a text that sounds right; none of its facts are taken",
    "tone-address": "a page that sounds right; none of its facts are taken",
}


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
        _add_brief(parser)
        super().add_arguments(parser)

    def order(self, options: dict[str, Any]) -> Order:
        post = PostRequest(
            topic=options["topic"],
            site_id=options["site"],
            sections=options["sections"],
            brief=_brief(options),
        )
        return Order("write-post", post, post.topic)


def _add_brief(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("the brief", "all of it may be left out")
    for name, said in _TEXTS.items():
        group.add_argument(f"--{name}", metavar="TEXT", default="", help=said)
    group.add_argument("--words", type=int, default=0, help="the length of the whole post, about")
    group.add_argument("--format", choices=sorted(FORMATS), default="", help="the form of the post")
    for name, metavar, said in (
        ("source", "URL", "a page that the post must use"),
        ("file", "FILE", "a file that it must use: PDF, Word (DOCX), Markdown, HTML or text; 2 MB in all"),
        ("not-say", "TEXT", "what it must not say or name"),
    ):
        group.add_argument(f"--{name}", metavar=metavar, action="append", default=[], help=f"{said}; may be repeated")
    group.add_argument("--web", action="store_true", help="search the web too, where that is set up")
    group.add_argument("--ask", action="store_true", help="be asked first what the brief leaves open")
    group.add_argument(
        "--approve", metavar="MINUTES", type=int, default=0, help="show the outline, which stands after so many minutes"
    )
    for stage in Caps.model_fields:
        said = f"how many tokens the stage “{stage}” may use; at its cap it finishes with what is there"
        group.add_argument(f"--cap-{stage}", metavar="TOKENS", type=int, default=0, help=said)


def _brief(options: dict[str, Any]) -> Brief:
    """Return the brief. Raises ValidationError where it does not fit, UserError for a file that cannot be read."""
    return Brief.model_validate(
        {
            **{name.replace("-", "_"): options[name.replace("-", "_")] for name in _TEXTS},
            "words": options["words"],
            "format": options["format"],
            "sources": options["source"],
            "files": [_file(Path(name)) for name in options["file"]],
            "not_say": options["not_say"],
            "web": options["web"],
            "ask": options["ask"],
            "approve_minutes": options["approve"],
            "caps": {stage: options[f"cap_{stage}"] for stage in Caps.model_fields},
        }
    )


def _file(path: Path) -> dict[str, str]:
    try:
        return {"name": path.name, "content": base64.b64encode(path.read_bytes()).decode("ascii")}
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Nothing was started.") from error
