"""A profile and its versions: what a person has set stays over all readings, and what changed is told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LABELS = {"title": "Name", "what": "What they do", "audience": "Audience", "tone": "Tone"}
"""The fields that a person may set, with their labels."""
LONGEST = {"title": 300, "what": 600, "audience": 200, "tone": 400}
BY_PERSON = "you"
"""Stands for the model's name where a person wrote the text."""

Profile = Mapping[str, Any]


def with_edits(profile: Profile, edits: Mapping[str, str]) -> dict[str, Any]:
    """Return the profile of a reading with what a person has set in place of what was read."""
    kept = {name: text for name, text in edits.items() if name in LABELS}
    return {**profile, **kept, **{f"{name}_by": BY_PERSON for name in kept if name != "title"}}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `before` or `after` is "" where there was, or is, nothing."""

    label: str
    before: str
    after: str


def changes(before: Profile, after: Profile) -> list[Change]:
    """Return what differs between two versions: fields first, then facts that came, went, or were replaced."""
    fields = [
        Change(label, _text(before, name), _text(after, name))
        for name, label in LABELS.items()
        if _text(before, name) != _text(after, name)
    ]
    old, new = _facts(before), _facts(after)
    came = [Change("New", "", statement) for statement in new if statement not in old]
    went = [Change("Gone", statement, "") for statement in old if statement not in new]
    return fields + came + went


def _text(profile: Profile, name: str) -> str:
    return str(profile.get(name) or "")


def _facts(profile: Profile) -> dict[str, None]:
    groups: Iterable[Any] = (profile.get("known") or {}).values()
    return dict.fromkeys(fact["statement"] for group in groups for fact in group)
