"""`manage.py deployments`: which versions of the code there are, and what becomes of the runs on each."""

from __future__ import annotations

import asyncio
import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from genisys import GenisysError
from genisys.host import STORE_ERRORS, Deployment, Deployments, Engine, Fate, WorkerInfo
from runs.engines import new_engine


class Command(BaseCommand):
    help = "Lists deployments, promotes, drains and retires them, previews and moves unfinished runs."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON value instead of lines")
        acts = parser.add_subparsers(dest="act", metavar="ACT")
        acts.add_parser("list", help="all deployments and their unfinished runs (the default)")
        for act, text in (
            ("promote", "let new runs go to NAME; those before it drain"),
            ("drain", "take NAME out of service; its runs go on"),
            ("retire", "forget NAME, which has no runs and no workers left"),
            ("preview", "what would become of every other unfinished run under the code of NAME"),
            ("workers", "the workers of NAME, first the one whose stop disturbs least"),
        ):
            acts.add_parser(act, help=text).add_argument("name", metavar="NAME")
        move = acts.add_parser("move", help="let NAME go on with one unfinished run")
        move.add_argument("run", metavar="RUN")
        move.add_argument("name", metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = asyncio.run(_act(options["act"] or "list", options.get("name", ""), options.get("run", "")))
        except STORE_ERRORS as error:
            raise CommandError(f"Redis does not answer: {error}") from error
        except GenisysError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in found]))
            return
        for each in found:
            self.stdout.write(_line(each))
        if not found:
            self.stdout.write("None.")


async def _act(act: str, name: str, run: str) -> Sequence[Deployment | Fate | WorkerInfo]:
    """Do what was asked; return what is to be printed."""
    engine: Engine = new_engine()
    try:
        deployments = Deployments(engine)
        match act:
            case "promote":
                await deployments.promote(name)
            case "drain":
                await deployments.drain(name)
            case "retire":
                await deployments.retire(name)
            case "preview":
                return await deployments.preview(name)
            case "workers":
                return await deployments.workers_to_stop(name)
            case "move":
                await engine.move(run, name, by="manage.py")
        return await deployments.all()
    finally:
        await engine.close()


def _line(each: Deployment | Fate | WorkerInfo) -> str:
    if isinstance(each, Fate):
        return f"{each.run_id}  {each.deployment}  {each.sentence}"
    if isinstance(each, WorkerInfo):
        return f"{each.host}  {each.pid}  {each.id}  runs: {len(each.runs)}{'  draining' if each.draining else ''}"
    since = {"promoted": each.promoted_ms, "draining": each.draining_ms, "drained": each.drained_ms}.get(each.state, 0)
    when = f" since {datetime.fromtimestamp(since / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC" if since else ""
    return f"{each.name}  {each.state}{when}  unfinished: {each.unfinished}  workers: {each.workers}"
