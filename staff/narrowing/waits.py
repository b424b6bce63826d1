"""What a run waits for, told apart by who can end the wait. Pure."""

from __future__ import annotations

REASONS: dict[str, tuple[str, ...]] = {
    "person": ("input", "paused", "budget"),
    "timer": ("sleep", "retry"),
    "provider": ("provider",),
    "run": ("slot", "cache"),
}
"""By the word in the address: the reasons of `run.waiting`. A run that waits for a worker has none of them."""

WORKER = "worker"

WORDS = {
    "person": "a person",
    "timer": "a timer",
    "provider": "a provider",
    "run": "other runs",
    WORKER: "a worker",
}

_OF_REASON = {reason: word for word, reasons in REASONS.items() for reason in reasons}

_SAID = {
    "input": "for an answer",
    "paused": "paused by a person",
    "budget": "for a larger budget",
    "sleep": "until a set time",
    "retry": "to try a step again",
    "provider": "for the model’s provider",
    "slot": "for its turn among other runs",
    "cache": "for the same work in another run",
}


def ended_by(reason: str) -> str:
    """Return who can end a wait of that reason, as a word of WORDS; WORKER where none is known."""
    return _OF_REASON.get(reason, WORKER)


def said(status: str, reason: str) -> str:
    """Return in a few words what a run of that status waits for; "" where it does not wait."""
    if status == "queued" or (status == "waiting" and not reason):
        return "for a worker"
    return _SAID.get(reason, f"for {reason}") if status == "waiting" else ""
