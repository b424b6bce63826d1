"""`manage.py runs`: the runs there are, one of them, and what can be done to it, as on its page and by the API."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Coroutine
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError

from genisys import UserError
from runs.access import Action, own_runs, without_big_columns
from runs.control_plane.again import try_again
from runs.models import OPEN_STATUSES, Run, RunStatus, SetAside
from runs.record.faults import fault_of
from runs.record.states import run_state, why_waiting
from runs.rules.audit import Actor, Via
from runs.rules.questions import Question, open_questions
from runs.service.actions import answer_input, cancel_run, pause_run, resume_run, retry_run
from runs.service.forking import fork_run
from runs.terminal import description
from runs.terminal.find import run_of
from runs.terminal.given import SYNTAX, json_of, object_of
from runs.terminal.person import person
from runs.terminal.screen import address, clean, follow_in_terminal
from runs.terminal.work import done

LISTED = 20
OPEN = "open"

_CHANGES: dict[str, tuple[Action, Callable[[Run, Actor], Coroutine[Any, Any, bool | None]], str, str]] = {
    "cancel": (Action.CANCEL, cancel_run, "end a run; what is done is kept", "It was asked to stop."),
    "retry": (
        Action.RETRY,
        retry_run,
        "let a failed or stopped run go on",
        "It goes on from where it stopped.",
    ),
    "pause": (Action.PAUSE, pause_run, "let a run rest", "It rests from its next step on."),
    "resume": (Action.RESUME, resume_run, "let a paused run go on", "It goes on."),
}


class Command(BaseCommand):
    help = "Lists runs and shows them; cancels, retries, pauses, resumes and forks them, and answers what they ask."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        listing = acts.add_parser("list", help="the latest runs")
        listing.add_argument(
            "--status", action="append", choices=[OPEN, *RunStatus.values], help="in this state; may be given again"
        )
        listing.add_argument("--workflow", default="", help="of this workflow")
        listing.add_argument("--limit", type=int, default=LISTED, help=f"so many at most; {LISTED} by default")
        listing.add_argument("--user", metavar="EMAIL", default="", help="of this person")
        self._add(acts, "show", "one run, with its steps")
        for act, (_, _, help, _) in _CHANGES.items():
            self._add(acts, act, help, changes=True)
        acts.add_parser("aside", help="the runs of which something was refused and set aside, with the causes")
        self._add(acts, "again", "try again what was set aside of a run", changes=True)
        fork = self._add(acts, "fork", "make a new run that goes on from where this one was", changes=True)
        fork.add_argument("--step", default="", help="the step that runs again: its key, its beginning, or its name")
        fork.add_argument("--input", metavar="JSON", help=f"the arguments of that step, or the run's input: {SYNTAX}")
        fork.add_argument("--title", default="", help="what the new run is called; by default as this one")
        fork.add_argument("--key", default="", help="an idempotency key: the same key gives the same fork")
        fork.add_argument("--follow", action="store_true", help="show the new run until it has ended")
        answer = self._add(acts, "answer", "answer what a run asks", changes=True)
        answer.add_argument("answer", metavar="JSON", help=f"the answer: {SYNTAX}")
        answer.add_argument("--question", metavar="TOKEN", default="", help="which, where it asks several: its token")
        for each in acts.choices.values():
            each.add_argument("--json", action="store_true", help="print JSON instead of lines")

    def _add(self, acts: Any, act: str, help: str, *, changes: bool = False) -> ArgumentParser:
        parser: ArgumentParser = acts.add_parser(act, help=help)
        parser.add_argument("run", metavar="RUN", help="its id, or the beginning of it")
        if changes:
            parser.add_argument("--why", default="", help="the reason, for the record")
            parser.add_argument(
                "--user", metavar="EMAIL", default="", help="do it in this person's name, and only if they may"
            )
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        act = options["act"]
        if act == "list":
            self._list(options)
        elif act == "show":
            self._show(run_of(options["run"]), as_json=options["json"])
        elif act == "aside":
            self._aside(as_json=options["json"])
        elif act == "again":
            self._again(options)
        elif act == "fork":
            self._fork(options)
        elif act == "answer":
            run, actor = _run_and_actor(options, Action.ANSWER)
            answer = json_of(options["answer"], "The answer")
            done(_answered(run, actor, options["question"], answer))
            self._report(run, "The answer was taken.", as_json=options["json"])
        else:
            action, change, _, words = _CHANGES[act]
            run, actor = _run_and_actor(options, action)
            if done(change(run, actor)) is False:
                raise CommandError("This run had already ended.")
            self._report(run, words, as_json=options["json"])

    def _list(self, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be 1 or more.")
        runs = own_runs(person(options["user"])) if options["user"] else Run.objects.all()
        runs = without_big_columns(runs.select_related("owner"))
        if options["status"]:
            open_too = OPEN_STATUSES if OPEN in options["status"] else ()
            runs = runs.filter(status__in={*options["status"], *open_too})
        if options["workflow"]:
            runs = runs.filter(workflow=options["workflow"])
        found = list(runs[: options["limit"]])
        if options["json"]:
            self._print_json([description.summary(run) for run in found])
            return
        for line in description.table(found) if found else ["None."]:
            self.stdout.write(line)

    def _show(self, run: Run, *, as_json: bool) -> None:
        facts = done(_facts(run))
        if as_json:
            self._print_json(description.detail(run, *facts))
            return
        for line in description.lines(run, *facts):
            self.stdout.write(line)

    def _aside(self, *, as_json: bool) -> None:
        found = list(SetAside.objects.select_related("run"))
        if as_json:
            self._print_json([description.aside(each) for each in found])
            return
        for each in found:
            self.stdout.write(
                clean(f"{each.run_id}  {each} ({each.tries} x, last {each.last_at:%Y-%m-%d %H:%M:%S} UTC)")
            )
        if not found:
            self.stdout.write("None.")

    def _again(self, options: dict[str, Any]) -> None:
        run, actor = _run_and_actor(options, Action.AGAIN)
        left = done(try_again(run, actor))
        if options["json"]:
            self._print_json([description.aside(each) for each in left])
        if left:
            raise CommandError(clean(" ".join(f"Again, {each}" for each in left)))
        if not options["json"]:
            self._report(run, "Nothing of it is set aside now.", as_json=False)

    def _fork(self, options: dict[str, Any]) -> None:
        run, actor = _run_and_actor(options, Action.FORK)
        input = None if options["input"] is None else object_of(options["input"], "The input")
        fork, code = done(_forked(run, actor, input, options))
        if options["follow"]:
            sys.exit(code)
        if options["json"]:
            self._print_json(description.summary(fork))
        else:
            self.stderr.write(f"A new run goes on from there. Watch it at {address(fork)}")
            self.stdout.write(fork.pk)

    def _report(self, run: Run, words: str, *, as_json: bool) -> None:
        if as_json:
            self._show(run, as_json=True)
        else:
            self.stdout.write(clean(f"{run}: {words} {address(run)}"))

    def _print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2, ensure_ascii=False))


def _run_and_actor(options: dict[str, Any], action: Action) -> tuple[Run, Actor]:
    user: AbstractBaseUser | None = person(options["user"]) if options["user"] else None
    return run_of(options["run"], user=user, action=action), Actor(user, Via.COMMAND, options["why"])


async def _facts(run: Run) -> tuple[dict[str, Any], Any, str, list[Question], str]:
    await run.arefresh_from_db(fields=["status", "attempt", "error", "output", "started_at", "ended_at", "log_id"])
    state, meta = await run_state(run)
    fault = await fault_of(run, state)  # Whoever has a terminal of the server is staff.
    return state, meta, await why_waiting(run, meta), open_questions(run, state), fault


async def _forked(run: Run, actor: Actor, input: dict[str, Any] | None, options: dict[str, Any]) -> tuple[Run, int]:
    """Make the fork and, if that is asked, follow it to its end; return it and the exit code."""
    fork = await fork_run(
        run,
        actor,
        step=await _step(run, options["step"]),
        input=input,
        title=options["title"],
        idempotency_key=options["key"],
    )
    if not options["follow"]:
        return fork, 0
    return fork, await follow_in_terminal(fork, json_output=options["json"], stream=sys.stdout)


async def _answered(run: Run, actor: Actor, token: str, value: Any) -> None:
    """Answer the question of that token; without one, the only question there is."""
    if not token:
        state, _ = await run_state(run)
        asked = open_questions(run, state)
        if not asked:
            raise UserError("This run is not asking anything now.")
        if len(asked) > 1:
            several = "; ".join(f"--question {question.token} for “{question.prompt}”" for question in asked)
            raise UserError(f"This run asks several things. Say which you answer: {several}.")
        token = asked[0].token
    await answer_input(run, actor, token, value)


async def _step(run: Run, named: str) -> str | None:
    """Return the key of the step that is meant by a key, its beginning or a name that one step alone has."""
    if not named:
        return None
    state, _ = await run_state(run)
    steps = state["steps"]
    for found in (
        [key for key in steps if key == named],
        [key for key, step in steps.items() if step["name"] == named],
        [key for key in steps if key.startswith(named.lower())],
    ):
        if len(found) == 1:
            return str(found[0])
        if found:
            keys = ", ".join(key[: description.KEY_CHARS] for key in found[:5])
            raise UserError(f"Several steps are meant by {named!r}: {keys}. Give more of the key.")
    raise UserError(f"This run has no step {named!r}. `manage.py runs show {run.pk}` lists its steps.")
