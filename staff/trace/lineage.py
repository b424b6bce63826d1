"""Where a run comes from, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from runs.models import Run
from runs.presentation import words

MOST = 50
KINDS = {"child": "started by it", "fork": "forked from it", "retry": "started as a new run of it"}
FROM = {"child": "Started by", "fork": "Forked from", "retry": "A new run of"}


@dataclass(frozen=True, slots=True)
class Relative:
    """A run that this one comes from, or that came of it."""

    id: str
    title: str
    how: str
    mark: str
    word: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """The run's parent, if it has one, and its children, oldest first; `more` says that there are others."""

    parent: Relative | None
    children: list[Relative]
    more: bool

    def __bool__(self) -> bool:
        return bool(self.parent or self.children)


def lineage_of(run: Run) -> Lineage:
    """Return the run's relatives. Two queries."""
    light = Run.objects.only("pk", "title", "workflow", "status", "parent_kind")
    parent = light.filter(pk=run.parent_id).first() if run.parent_id else None
    children = list(light.filter(parent=run).order_by("created_at")[: MOST + 1])
    return Lineage(
        parent=None if parent is None else _relative(parent, FROM.get(run.parent_kind, "Comes from")),
        children=[_relative(child, KINDS.get(child.parent_kind, "came of it")) for child in children[:MOST]],
        more=len(children) > MOST,
    )


def _relative(run: Run, how: str) -> Relative:
    return Relative(run.pk, str(run), how, words.STATUS_MARKS[run.status], words.STATUS_WORDS[run.status])
