"""Why a run failed, what is kept of it, and what to do now. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runs.models import Run
from runs.presentation import words

State = dict[str, Any]

_GOES_ON = "continues from here: finished work is not repeated."
_BEGINS = "runs it again from the beginning."
_TOO_LATE = "It ended too long ago to be retried."
_SAME_END = "Trying again will most likely end the same way."
_ANEW = "Start again with different input."
_INSTEAD = "Start again instead."
_IF_MENDED = "Once the cause is fixed,"
_NOT_YOURS = "Its owner can retry it."
"""What to do is said with the words of the buttons, and only of those that stand there."""

_PROVIDER_CURES = {
    401: "The API key is wrong or no longer valid: correct OPENAI_API_KEY and restart Genisys.",
    402: "The account with the provider needs credit.",
    403: "The API key may not use this model: use another key or another model, and restart Genisys.",
    404: "The model or the address is wrong: correct GENISYS_MODEL or OPENAI_BASE_URL and restart Genisys.",
    429: "The account with the provider needs credit.",
}
"""What sets a provider's lasting refusal right, by status. A 429 that lasts is a quota that is used up."""


_PROVIDER_HEADLINES = {
    401: "The model’s provider did not accept the API key",
    402: "The account with the model’s provider is used up",
    403: "The API key may not use this model",
    404: "The model’s provider does not know this model",
    429: "The model’s provider takes no more requests",
}
_HEADLINES = {
    "StepTimeout": "A step took too long",
    "InputExpired": "A question was not answered in time",
    "ValueTooLarge": "A value was too large to keep",
    "RestoredTooOften": "The run could not be taken up again",
}
MOST_TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why a run failed, what is kept of it, what to do now: a sentence or two each, under a headline of a few words.

    `retry_helps` is False where the next try would end as this one did, or is no longer possible; `can_start_anew` is
    True where there is a form to start another run with, and that is the thing to do.
    """

    headline: str
    what: str
    kept: str
    next: str
    reference: str
    retry_helps: bool
    can_start_anew: bool


def finished_parts(state: State) -> tuple[int, int]:
    """Count the finished steps and texts."""
    steps = sum(step["status"] == "completed" for step in state["steps"].values())
    texts = sum(block["state"] == "final" for block in state["blocks"].values())
    return steps, texts


def error_view(run: Run, state: State, *, can_control: bool, can_start: bool, held: bool) -> ErrorView:
    """Return the view of a failed run's error. `held` says that what a retry goes on from is still there."""
    error = state["error"] or {}
    steps, texts = finished_parts(state)
    kept = [words.amount(count, noun) for count, noun in ((steps, "finished step"), (texts, "finished text")) if count]
    verb = "is" if steps + texts == 1 else "are"
    is_told = bool(state["seq"]) or not run.log_id  # else only the row is left, or Redis is away
    retry = f"Retry {_GOES_ON if kept or not is_told else _BEGINS}"
    cure, retry_helps = _advice(error)
    retry_helps = retry_helps and held
    can_start_anew = can_control and can_start and not retry_helps
    if not held:
        cure = f"{_TOO_LATE} {_INSTEAD}" if can_start_anew else _TOO_LATE
    elif not can_control:
        cure = f"{cure} {_NOT_YOURS}" if cure in _PROVIDER_CURES.values() else _NOT_YOURS
    elif not retry_helps:
        cure = f"{_SAME_END} {_ANEW if can_start_anew else f'{_IF_MENDED} {retry}'}"
    else:
        cure = f"{cure} Then {retry}" if cure else retry
    return ErrorView(
        headline=_headline(error, state),
        what=words.reason(error) or "The run failed without giving a reason.",
        kept=f"{' and '.join(kept)} {verb} kept." if kept else _nothing_listed(is_told, held),
        next=cure,
        reference=run.pk,
        retry_helps=retry_helps,
        can_start_anew=can_start_anew,
    )


def _nothing_listed(is_told: bool, held: bool) -> str:
    """Say what is kept of a run of which no finished part is known."""
    if is_told:
        return "Nothing had been finished by then."
    return "What had been finished by then is kept." if held else "Its history is no longer kept."


def _headline(error: dict[str, Any], state: State) -> str:
    """Say in a few words what happened: by the kind of the error where that tells more than where it was met."""
    kind = error.get("kind")
    if kind == "ProviderError":
        return _PROVIDER_HEADLINES.get((error.get("detail") or {}).get("status") or 0, "The model’s provider failed")
    if kind in _HEADLINES:
        return _HEADLINES[kind]
    failed = [step for step in state["steps"].values() if step["status"] == "failed" and not step["parent"]]
    title = str(failed[-1]["title"] or failed[-1]["name"]) if failed else ""
    return f"“{title[:MOST_TITLE_CHARS]}” failed" if title else "This run failed"


def _advice(error: dict[str, Any]) -> tuple[str, bool]:
    """Return what has to be set right first, "" if nothing, and whether a retry helps then."""
    if not error.get("permanent"):
        return "", True
    if error.get("kind") == "ProviderError":
        status = (error.get("detail") or {}).get("status")
        if cure := _PROVIDER_CURES.get(status or 0):
            return cure, True
    return "", False
