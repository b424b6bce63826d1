"""Runs as a terminal shows them, in lines for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings

from genisys.host import RunMeta
from runs.models import Run, SetAside
from runs.presentation import words
from runs.presentation.present import RunView, present
from runs.presentation.rows import duration_of
from runs.presentation.stages import MARKS, WORDS
from runs.record.costs import costs_of
from runs.rules.questions import Question
from runs.terminal.screen import address, clean

STEPS = 100
KEY_CHARS = 8
_GAP = "  "

State = dict[str, Any]


def table(runs: Sequence[Run]) -> Iterator[str]:
    """Return a line for each run, in columns."""
    rows = [
        (
            run.pk,
            f"{words.STATUS_MARKS[run.status]} {words.STATUS_WORDS[run.status]}",
            words.day(run.created_at).text,
            duration_of(run) or "–",
            run.workflow,
            _person(run),
            str(run),
        )
        for run in runs
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield clean(_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()


def lines(run: Run, state: State, meta: RunMeta, why: str, questions: Sequence[Question], fault: str) -> Iterator[str]:
    """Return all that is worth knowing of one run; `fault` is the traceback by which it failed."""
    view = present(run, state, log_id=meta.log_id, why=why, paused=meta.paused)
    yield clean(view.title)
    for name, value in _facts(run, view):
        if value:
            yield f"{_GAP}{name:<12}{clean(value)}"
    if view.error:
        yield ""
        yield clean(f"! {view.error.what}")
        yield f"{_GAP}{view.error.kept} {view.error.next}"
    if fault:
        yield ""
        yield from (clean(f"{_GAP}{line}") for line in fault.splitlines())
    for question in questions:
        yield ""
        yield clean(f"? {question.prompt}")
        yield f"{_GAP}{settings.SITE_ADDRESS}{question.path}"
    if state["step_order"]:
        yield ""
        yield from _steps(state)


def _facts(run: Run, view: RunView) -> Iterator[tuple[str, str]]:
    yield "run", run.pk
    yield "state", f"{view.status_mark} {view.status_word} – {view.now_line}"
    yield "workflow", run.workflow
    yield "person", _person(run)
    yield "made", view.created.text
    yield "time", view.duration_text
    yield "tokens", view.tokens_text
    yield "cost", view.cost_text
    yield "models", view.models_text
    yield "attempt", str(view.attempt) if view.attempt > 1 else ""
    yield "deployment", run.deployment
    yield "comes from", f"{run.parent_id} ({run.parent_kind})" if run.parent_id else ""
    yield "page", address(run)


def _steps(state: State) -> Iterator[str]:
    """Return the steps with the beginnings of their keys, by which a fork names one."""
    depths: dict[str, int] = {}
    for count, key in enumerate(state["step_order"]):
        step = state["steps"][key]
        depths[key] = depths.get(step["parent"], -1) + 1
        if count < STEPS:
            mark, word = MARKS.get(_STATES.get(step["status"], step["status"]), "·"), step["status"]
            title = step["title"] or step["name"]
            named = f" ({step['name']})" if step["title"] and step["title"] != step["name"] else ""
            aside = "" if word == "completed" else f" – {WORDS.get(word, word)}"
            yield clean(f"{_GAP}{key[:KEY_CHARS]}  {_GAP * depths[key]}{mark} {title}{named}{aside}")
    if len(state["step_order"]) > STEPS:
        yield f"{_GAP}and {len(state['step_order']) - STEPS} more"


_STATES = {"completed": "done"}


def summary(run: Run) -> dict[str, Any]:
    """Return a run as the API's lists do, with its person and its page."""
    return {
        "id": run.pk,
        "workflow": run.workflow,
        "title": run.title,
        "status": run.status,
        "person": _person(run),
        "deployment": run.deployment,
        "attempt": run.attempt,
        "created_at": run.created_at.isoformat(),
        "started_at": run.started_at and run.started_at.isoformat(),
        "ended_at": run.ended_at and run.ended_at.isoformat(),
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "cost_microusd": run.cost_microusd,
        "known_cost_microusd": run.known_cost_microusd,
        "page": address(run),
    }


def aside(each: SetAside) -> dict[str, Any]:
    """Return what was set aside of a run, and why."""
    return {
        "run": each.run_id,
        "what": each.what,
        "cause": each.cause,
        "at": each.at.isoformat(),
        "last_at": each.last_at.isoformat(),
        "tries": each.tries,
    }


def detail(
    run: Run, state: State, meta: RunMeta, why: str, questions: Sequence[Question], fault: str
) -> dict[str, Any]:
    """Return one run with its input and output, its steps and what it asks. Redis knows better than the row."""
    knows_more = not run.finished and meta.log_id
    live = {name: getattr(meta, name) for name in _LIVE} | costs_of(meta)._asdict() if knows_more else {}
    return {
        **summary(run),
        **live,
        "paused": meta.paused,
        "waiting_for": why,
        "parent": run.parent_id and {"id": run.parent_id, "kind": run.parent_kind},
        "input": run.input,
        "output": state["output"] if run.output is None else run.output,
        "error": state["error"] or run.error,
        "traceback": fault,
        "questions": [_question(question) for question in questions],
        "steps": [
            {name: state["steps"][key][name] for name in ("key", "parent", "name", "title", "status", "tries")}
            for key in state["step_order"]
        ],
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "prompt": question.prompt,
        "schema": question.schema,
        "until": question.until and question.until.isoformat(),
        "token": question.token,
        "page": settings.SITE_ADDRESS + question.path,
    }


_LIVE = ("status", "attempt", "input_tokens", "output_tokens")


def _person(run: Run) -> str:
    return (run.owner.email or run.owner.get_username()) if run.owner else ""
