"""A run as its page tells it: everything the templates show, computed from the row and the fold.

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
from runs.presentation import markdown, retries, words
from runs.presentation.costs import costs_in
from runs.presentation.stages import ProgressView, StepView, progress_view, step_views
from runs.presentation.words import Moment, clock
from runs.products import noun_of

State = dict[str, Any]
Notice = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BlockView:
    """A streamed text. `html` is set when it is final, `text` always; `rev` stays as deltas come."""

    name: str
    title: str
    final: bool
    html: SafeString
    text: str
    rev: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Something that happened to the run, in whole sentences."""

    key: str
    mark: str
    text: str
    at: Moment


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One thing that the workflow said of itself, or that happened to its run."""

    at: Moment
    text: str


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why a run failed, what is kept of it, what to do now: a sentence or two each.

    `retry_helps` is False where the next try would end as this one did; `can_start_anew` is True where there is a form
    to start another run with, and that is the thing to do.
    """

    what: str
    kept: str
    next: str
    reference: str
    retry_helps: bool
    can_start_anew: bool


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
    due: Moment | None
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


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a line of a list, from its row alone."""

    id: str
    url: str
    title: str
    workflow: str
    noun: str
    status: str
    status_word: str
    status_mark: str
    created: Moment
    duration_text: str
    tokens_text: str
    cost_text: str
    live: bool


def present(
    run: Run,
    state: State,
    *,
    log_id: str = "",
    why: str = "",
    can_control: bool = True,
    can_start: bool = False,
    paused: bool = False,
    stages: tuple[tuple[str, str], ...] = (),
    now: datetime | None = None,
) -> RunView:
    """Return the view of a run. `why` is the engine's sentence for a run that is not moving, if it has one.

    `can_start` says that a form for another run like it is offered beside it, `paused` that it is to rest, though a
    worker may still be at its last step.
    """
    now = now or timezone.now()
    status = state["run_status"] if state["run_status"] != "none" else run.status
    finished = status in TERMINAL
    goes_on = can_control and not finished and status != "cancelling"
    steps = step_views(state, stages, finished=finished, now=now)
    progress = progress_view(state["progress"])
    title = state["title"] or str(run)
    token_count = state["input_tokens"] + state["output_tokens"]
    return RunView(
        id=run.pk,
        title=title,
        workflow=run.workflow,
        status=status,
        status_word=words.STATUS_WORDS[status],
        status_mark=words.STATUS_MARKS[status],
        now_line=_now_line(state, status, steps, why, paused, now),
        due=_due(state, now),
        finished=finished,
        live=not finished,
        page_title=_page_title(title, status, progress, steps),
        started=clock(state["started_at"], now),
        ended=clock(state["ended_at"], now),
        created=words.day(run.created_at),
        duration_text=_duration(state, now),
        progress=progress,
        steps=steps,
        notices=_notices(state["notices"], now),
        blocks=[_block(name, state["blocks"][name]) for name in state["block_order"]],
        lines=_history(state, now),
        tokens_text=words.tokens(token_count),
        cost_text=words.cost(*costs_in(state)),
        models=list(state["models"]),
        models_text=", ".join(state["models"]),
        error=_error(run, state, can_control=can_control, can_start=can_start) if status == "failed" else None,
        can_cancel=goes_on,
        can_retry=can_control and status in ("failed", "cancelled"),
        can_pause=goes_on and not paused,
        can_resume=goes_on and paused,
        attempt=max(state["attempt"], run.attempt),
        log_id=log_id,
        seq=state["seq"],
    )


def run_row(run: Run) -> RunRow:
    """Return the line of a run in a list."""
    token_count = run.input_tokens + run.output_tokens
    return RunRow(
        id=run.pk,
        url=run.get_absolute_url(),
        title=str(run),
        workflow=run.workflow,
        noun=noun_of(run.workflow),
        status=run.status,
        status_word=words.STATUS_WORDS[run.status],
        status_mark=words.STATUS_MARKS[run.status],
        created=words.day(run.created_at),
        duration_text=duration_of(run),
        tokens_text=words.tokens(token_count),
        cost_text=words.cost(run.cost_microusd, run.known_cost_microusd),
        live=not run.finished,
    )


def duration_of(run: Run) -> str:
    """Return how long a run took, or has been going; "" before it started."""
    if run.started_at is None:
        return ""
    return words.duration(((run.ended_at or timezone.now()) - run.started_at).total_seconds())


def _duration(state: State, now: datetime) -> str:
    if not state["started_at"]:
        return ""
    until = state["ended_at"] or now.timestamp() * 1000
    return words.duration((until - state["started_at"]) / 1000)


def _now_line(state: State, status: str, steps: list[StepView], why: str, paused: bool, now: datetime) -> str:
    if status == "completed":
        took = _duration(state, now)
        return f"Done in {took}." if took else "Done."
    if status == "failed":
        return f"Stopped by an error.{' What was done is kept.' if any(_kept(state)) else ''}"
    if status == "cancelled":
        left = any(_kept(state)) or any(block["txt"] for block in state["blocks"].values())
        return f"Stopped.{' What was done is kept.' if left else ''}"
    if status == "cancelling":
        return "Stopping. What was done so far is kept."
    if status == "waiting" and state["waiting"]:
        return _waiting(state, steps, now)
    if status == "recovering":
        last = state["notices"][-1]["kind"] if state["notices"] else ""
        moved = "Moving to another worker." if last == "handed_over" else "The worker on this run stopped."
        return f"{moved} {why}" if why else f"{moved} Another one takes over."
    if status == "running" and paused:
        return "Pausing: the run rests when the step at hand is done."
    if status == "running":
        # Why it stands still says nothing of where, so both are said.
        doing = _doing(state, steps, retries.holding(state), now)
        return f"{words.sentence(doing)} {why}" if why else doing
    return why or "Waiting for a worker to take it."


def _waiting(state: State, steps: list[StepView], now: datetime) -> str:
    """Say what a run waits for; where that is a step's next try, or a provider that is down, what went wrong too."""
    waiting = state["waiting"]
    held = retries.holding(state) if waiting["reason"] in ("retry", "provider") else None
    if held is None:
        return words.waiting(waiting, now)
    if waiting["reason"] == "retry":
        return _doing(state, steps, held, now)
    return f"{retries.wrong(held)} {words.waiting(waiting, now)}"


def _doing(state: State, steps: list[StepView], held: dict[str, Any] | None, now: datetime) -> str:
    """Say what the run is at, and where all waits for one step's next try, that too."""
    current = next((step.title for step in reversed(steps) if step.current), "")
    doing = state["status_text"] or current or "Under way."
    return f"{words.sentence(doing)} {retries.described(held, now)}" if held else doing


def _due(state: State, now: datetime) -> Moment | None:
    """Return when the page has other words to say though nothing is heard: when the next try begins. Never early."""
    now_ms = now.timestamp() * 1000
    coming = [at for step in retries.waits_of(state).values() if (at := retries.next_try_ms(step)) > now_ms]
    return clock(min(coming) + 999, now) if coming else None


def _page_title(title: str, status: str, progress: ProgressView | None, steps: list[StepView]) -> str:
    if status != "running":
        return f"{words.STATUS_MARKS[status]} {title}"
    current = next((step for step in reversed(steps) if step.current), None)
    counted = (current.progress if current and current.progress else None) or progress
    parts = [f"({counted.done}/{counted.total})" if counted else "", current.title if current else ""]
    doing = " ".join(part for part in parts if part)
    return f"{doing} · {title}" if doing else f"{words.STATUS_MARKS[status]} {title}"


def _block(name: str, block: dict[str, Any]) -> BlockView:
    final = block["state"] == "final"
    return BlockView(
        name=name,
        title=block["title"],
        final=final,
        html=markdown.render(block["txt"]) if final else SafeString(""),
        text=block["txt"],
        rev=f"{block['rev']}-{block['state']}",
    )


def _notices(notices: list[Notice], now: datetime) -> list[NoticeView]:
    """Return what a reader must know above the work. That the run failed is told by its error, or by what followed."""
    views: list[NoticeView] = []
    for position, notice in enumerate(notices):
        kind, at = notice["kind"], clock(notice["at"], now)
        if kind in ("recovered", "failed") or at is None:
            continue
        mark, text = _mark_and_words(notice, _taken_over(notices, position), f" at {at.text}")
        views.append(NoticeView(f"{position}-{kind}", mark, text, at))
    return views


def _history(state: State, now: datetime) -> list[StatusLine]:
    """Return what the workflow said and what happened to the run, in the order of time."""
    notices = state["notices"]
    happened = [
        (notice["at"], _mark_and_words(notice, _taken_over(notices, position), "")[1])
        for position, notice in enumerate(notices)
        if notice["kind"] != "recovered"
    ]
    said = [(line["at"], line["text"]) for line in state["status_lines"]]
    lines = sorted([*said, *happened], key=lambda line: line[0])
    return [StatusLine(at, text) for at_ms, text in lines if (at := clock(at_ms, now)) is not None]


def _taken_over(notices: list[Notice], position: int) -> Notice | None:
    """Put what belongs together into one: a worker lost and the one that took over."""
    following = notices[position + 1] if position + 1 < len(notices) else None
    return following if following and following["kind"] == "recovered" else None


def _mark_and_words(notice: Notice, taken: Notice | None, at: str) -> tuple[str, str]:
    """Return mark and words. `at` is " at 12:03:07", or "" where the time stands beside it."""
    kind, args = notice["kind"], notice["args"]
    if kind == "cancelling":
        by = f"{args['by']} asked" if args.get("by") else "Somebody asked"
        return "–", f"{by} this run to stop{at}."
    if kind == "failed":
        return "!", f"Stopped by an error{at}: {words.sentence(args.get('message') or 'it left no reason')}"
    if kind == "unreadable":
        return (
            "!",
            "What this run wrote cannot be read, so this page shows its record alone. Whoever runs this site sees why.",
        )
    if kind == "resumed" and args.get("reason") == "moved":
        return "▸", f"Moved to another version of the code{at}. What was finished before was kept."
    if kind == "resumed":
        again = "Retried" if args.get("reason") == "retry" else "Taken up again"
        return "▸", f"{again}{at}. What was finished before was kept."
    if kind == "handed_over":
        what = f"The worker on this run was told to stop{at} and gave the run up in good order."
    elif held := args.get("held"):
        what = (
            f"{words.sentence(held['sentence'])} The process was ended{at}, and this step was begun anew: "
            "when it does so again, the run is stopped."
        )
    elif args.get("reason") == "worker_silent":
        what = f"Another run held this worker up; the process was ended{at}."
    elif args.get("reason") == "lease_expired":
        what = f"The worker on this run fell silent{f', which was noticed{at}' if at else ''}."
    else:
        what = f"The worker on this run stopped{at}."
    if taken is None:
        return "◐", f"{what} Another one takes over. What is finished is kept."
    after_s = (taken["at"] - notice["at"]) / 1000
    after = "at once" if after_s < 0.1 else f"after {words.duration(after_s)}"
    return "◐", f"{what} Another took over {after}. Nothing finished was done again."


def _kept(state: State) -> tuple[int, int]:
    """Count the finished steps and texts."""
    steps = sum(step["status"] == "completed" for step in state["steps"].values())
    texts = sum(block["state"] == "final" for block in state["blocks"].values())
    return steps, texts


def _error(run: Run, state: State, *, can_control: bool, can_start: bool) -> ErrorView:
    error = state["error"] or {}
    steps, texts = _kept(state)
    kept = [words.amount(count, noun) for count, noun in ((steps, "finished step"), (texts, "finished text")) if count]
    verb = "is" if steps + texts == 1 else "are"
    cure, retry_helps = _advice(error)
    can_start_anew = can_control and can_start and not retry_helps
    if not can_control:
        cure = f"{cure} {_NOT_YOURS}" if cure in _PROVIDER_CURES.values() else _NOT_YOURS
    elif not retry_helps:
        cure = f"{_SAME_END} {_ANEW if can_start_anew else _RETRY_IF_MENDED}"
    elif cure:
        cure = f"{cure} Then Retry {_GOES_ON}"
    else:
        cure = f"Retry {_GOES_ON}"
    return ErrorView(
        what=words.reason(error) or "The run failed, and left no reason.",
        kept=f"{' and '.join(kept)} {verb} kept." if kept else "Nothing was finished before that.",
        next=cure,
        reference=run.pk,
        retry_helps=retry_helps,
        can_start_anew=can_start_anew,
    )


def _advice(error: dict[str, Any]) -> tuple[str, bool]:
    """Return what has to be set right first, "" if nothing, and whether a retry helps then."""
    if not error.get("permanent"):
        return "", True
    if error.get("kind") == "ProviderError":
        status = (error.get("detail") or {}).get("status")
        if cure := _PROVIDER_CURES.get(status or 0):
            return cure, True
    return "", False


_GOES_ON = "goes on from here: what is finished is not done again."
_SAME_END = "Trying again will most likely end the same way."
_ANEW = "Start anew with other input."
_RETRY_IF_MENDED = f"Once its cause is mended, Retry {_GOES_ON}"
_NOT_YOURS = "Whoever the run belongs to can retry it."
"""What to do is said with the words of the buttons, and only of those that stand there."""


_PROVIDER_CURES = {
    401: "The API key is wrong or no longer valid: set OPENAI_API_KEY right and start Genisys again.",
    402: "The account with the provider needs credit.",
    403: "The API key may not use this model: give another key or another model and start Genisys again.",
    404: "The model or the address is wrong: set GENISYS_MODEL or OPENAI_BASE_URL right and start Genisys again.",
    429: "The account with the provider needs credit.",
}
"""What sets a provider's lasting refusal right, by status. A 429 that lasts is a quota that is used up."""
