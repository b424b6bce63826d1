"""The questions that a run asks people (`request_input`), and the signed address at which each is answered.

The address is the right to answer: whoever holds it sees the question, and nothing else of the run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from genisys import UserError
from runs.engines import engine
from runs.models import Run
from runs.record.states import run_state

State = dict[str, Any]

ANSWERED = "This question has been answered."
EXPIRED = "The time for an answer to this question is over."
ENDED = "The run that asked this has ended."
_OVER = ("completed", "failed", "stopped")
_AWAY = "The question cannot be shown just now: the store of runs in flight does not answer. Come back in a minute."


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `closed` says in a sentence why it cannot be answered any more, "" while it can.

    `wrong` says why the answer before did not fit, "" where there was none.
    """

    run_id: str
    step: str
    name: str
    token: str
    prompt: str
    schema: dict[str, Any]
    until: datetime | None
    wrong: str
    closed: str

    @property
    def path(self) -> str:
        return reverse("runs:question", args=[self.run_id, self.token])

    @property
    def submit(self) -> str:
        """Return what the button says that sends the answer; a type may name it (`x-submit` in its schema)."""
        return str(self.schema.get("x-submit") or "Answer")[:40]

    @property
    def until_said(self) -> str:
        """Return what is said before the time that is left; a type may say it itself (`x-until` in its schema)."""
        return str(self.schema.get("x-until") or "To be answered within")[:80]

    @property
    def rev(self) -> str:
        """Return a digest that changes when what is asked changes."""
        shown = repr((self.prompt, self.schema, self.until, self.wrong))
        return hashlib.blake2b(shown.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def open_questions(run: Run, state: State) -> list[Question]:
    """Return what the run asks now, in the order of asking. Needs a running event loop, for its engine."""
    asked = [_question(run, state, step, engine().input_token(run.pk, step)) for step in state["inputs"]]
    return [question for question in asked if not question.closed]


async def question_at(run_id: str, token: str) -> tuple[Run, Question]:
    """Return the question that the address names, whoever asks.

    Raises Http404 where the token is none of this run's or its history is gone, and UserError while Redis is away.
    """
    step = engine().step_of_token(run_id, token)
    run = None if step is None else await Run.objects.filter(pk=run_id).select_related("owner").afirst()
    if step is None or run is None:
        raise Http404("There is no such question.")
    state, meta = await run_state(run)
    if step in state["inputs"]:
        return run, _question(run, state, step, token)
    if not meta.log_id and not run.finished:
        raise UserError(_AWAY)
    raise Http404("There is no such question.")


def _question(run: Run, state: State, step: str, token: str) -> Question:
    asked = state["inputs"][step]
    until = datetime.fromtimestamp(asked["until"] / 1000, UTC) if asked["until"] else None
    return Question(
        run_id=run.pk,
        step=step,
        name=asked["name"],
        token=token,
        prompt=asked["prompt"],
        schema=asked["schema"],
        until=until,
        wrong=asked["wrong"],
        closed=_closed(state, asked, until),
    )


def _closed(state: State, asked: dict[str, Any], until: datetime | None) -> str:
    if not asked["open"]:
        return ANSWERED
    if until is not None and until <= timezone.now():
        return EXPIRED
    # A question that nobody answered stays open in the log; that it is over stands on its step.
    status = state["steps"].get(asked["step"], {}).get("status")
    return ENDED if status in _OVER or state["ended_at"] else ""
