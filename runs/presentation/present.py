"""A run as its page shows it: everything the templates need, computed from the row and the fold.

Pure: the same row, fold and time give the same view. Templates only lay out; they decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString

from genisys.host import TERMINAL
from runs.models import Run
from runs.presentation import markdown, words
from runs.presentation.counted.progress import ProgressView
from runs.presentation.failure import ErrorView, error_view
from runs.presentation.growing import Growing, grown
from runs.presentation.notices import NoticeView, StatusLine, history, notice_views
from runs.presentation.now import due, elapsed, moments, now_line, page_title
from runs.presentation.stages import StepView, progress_of_run, step_views
from runs.presentation.words import Moment, clock
from runs.record.costs import costs_in

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BlockView:
    """A streamed text. `html` is set when it is final, `text` always; `rev` stays as deltas come."""

    name: str
    title: str
    final: bool
    html: SafeString
    text: str
    rev: str

    @property
    def growing(self) -> Growing:
        """The text as it is seen while it is written."""
        return grown(self.text, int(self.rev.partition("-")[0]))


@dataclass(frozen=True, slots=True)
class RunView:
    """All that a run's page shows of it, besides the product's own part."""

    id: str
    title: str
    workflow: str
    status: str
    status_word: str
    status_mark: str
    now_line: str
    stall: str
    due: Moment | None
    moments: list[Moment]
    finished: bool
    live: bool
    page_title: str
    started: Moment | None
    ended: Moment | None
    created: Moment
    duration_text: str
    progress: ProgressView | None
    steps: list[StepView]
    notices: list[NoticeView]
    blocks: list[BlockView]
    lines: list[StatusLine]
    tokens_text: str
    cost_text: str
    models: list[str]
    models_text: str
    error: ErrorView | None
    can_cancel: bool
    can_retry: bool
    can_pause: bool
    can_resume: bool
    attempt: int
    log_id: str
    seq: int

    @property
    def doing(self) -> str:
        """What the run is at, without why it stands still."""
        return self.now_line.removesuffix(self.stall).rstrip()


def present(
    run: Run,
    state: State,
    *,
    log_id: str = "",
    why: str = "",
    can_control: bool = True,
    can_start: bool = False,
    held: bool = True,
    paused: bool = False,
    asked: bool = False,
    mine: bool = False,
    stages: tuple[tuple[str, str], ...] = (),
    now: datetime | None = None,
) -> RunView:
    """Return the view of a run. `why` is the engine's sentence for a run that is not moving, if it has one.

    `mine` says that whoever looks owns the run, `can_start` that a form for another run like it is offered beside it,
    `held` that what a retry goes on from is still there,
    `paused` that it is to rest, though a worker may still be at its last step, `asked` that its questions stand below.
    """
    now = now or timezone.now()
    status = state["run_status"] if state["run_status"] != "none" else run.status
    finished = status in TERMINAL
    goes_on = can_control and not finished and status != "cancelling"
    steps = step_views(state, stages, finished=finished, now=now)
    progress = progress_of_run(state)
    title = state["title"] or str(run)
    token_count = state["input_tokens"] + state["output_tokens"]
    return RunView(
        id=run.pk,
        title=title,
        workflow=run.workflow,
        status=status,
        status_word=words.STATUS_WORDS[status],
        status_mark=words.STATUS_MARKS[status],
        now_line=now_line(state, status, steps, why, paused, now, asked=asked),
        stall=why if status == "running" and not paused else "",
        due=due(state, now),
        moments=moments(state, now),
        finished=finished,
        live=not finished,
        page_title=page_title(title, status, progress, steps),
        started=clock(state["started_at"], now),
        ended=clock(state["ended_at"], now),
        created=words.day(run.created_at),
        duration_text=elapsed(state, now),
        progress=progress,
        steps=steps,
        notices=notice_views(state["notices"], now, mine=mine),
        blocks=[_block(name, state["blocks"][name], finished=finished) for name in state["block_order"]],
        lines=history(state, now, mine=mine),
        tokens_text=words.tokens(token_count),
        cost_text=words.cost(*costs_in(state)),
        models=list(state["models"]),
        models_text=", ".join(state["models"]),
        error=error_view(run, state, can_control=can_control, can_start=can_start, held=held)
        if status == "failed"
        else None,
        can_cancel=goes_on,
        can_retry=can_control and held and status in ("failed", "cancelled"),
        can_pause=goes_on and not paused,
        can_resume=goes_on and paused,
        attempt=max(state["attempt"], run.attempt),
        log_id=log_id,
        seq=state["seq"],
    )


def _block(name: str, block: dict[str, Any], *, finished: bool) -> BlockView:
    final = finished or block["state"] == "final"  # nothing is added to what a run left open when it ended
    return BlockView(
        name=name,
        title=block["title"],
        final=final,
        html=markdown.render(block["txt"]) if final else SafeString(""),
        text=block["txt"],
        rev=f"{block['rev']}-{'final' if final else block['state']}",
    )
