"""The form that raises a run's budget once it is used up: of each limit that the run has, what it may use in all."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from genisys.host import RunMeta
from runs.presentation import words

MICRO = Decimal(1_000_000)
MINUTE_MS = 60_000
ROOM = 2
"""A limit that is used up is first proposed at this multiple of what was allowed."""


def spent(meta: RunMeta) -> bool:
    """Say whether the run waits for a larger budget, alone or beside other things."""
    waiting = meta.waiting or {}
    return any(wait["reason"] == "budget" for wait in waiting.get("for", [waiting]) if wait)


class BudgetForm(forms.Form):
    """`limits` is what `limit_run` takes, once the form is valid. A limit below what is used would change nothing."""

    tokens = forms.IntegerField(label="Total tokens", min_value=1)
    cost = forms.DecimalField(label="Total cost, in US dollars", min_value=0, decimal_places=6, max_digits=14)
    minutes = forms.IntegerField(label="Total time, in minutes", min_value=1, max_value=10_000_000)

    def __init__(self, meta: RunMeta, data: Any = None, *, now: datetime | None = None) -> None:
        super().__init__(data, auto_id="id_budget_%s")
        token_count = meta.input_tokens + meta.output_tokens
        age_ms = round((now or timezone.now()).timestamp() * 1000) - meta.created_ms
        cost = Decimal(meta.cost_microusd) / MICRO
        self._use("tokens", meta.budget.get("tokens"), token_count, words.tokens(token_count) or "none")
        said = f"{'at least ' if meta.unpriced else ''}${cost.normalize():f}"
        self._use("cost", _scaled(meta.budget.get("cost_microusd"), MICRO), cost, said)
        minutes = _scaled(meta.budget.get("ms"), Decimal(MINUTE_MS))
        self._use("minutes", minutes, Decimal(age_ms) / MINUTE_MS, words.duration(age_ms / 1000))

    def _use(self, name: str, allowed: Any, used: Any, used_text: str) -> None:
        """Keep the field of a limit that the run has, and drop that of another."""
        if not allowed:
            del self.fields[name]
            return
        field = self.fields[name]
        field.initial = allowed * ROOM if used >= allowed else allowed
        if name == "minutes":
            field.initial = -(-field.initial // 1)
        field.help_text = f"Used so far: {used_text}."
        field.validators.append(_more_than(used, used_text))

    @property
    def limits(self) -> dict[str, int]:
        given = self.cleaned_data
        units = {"tokens": ("tokens", 1), "cost": ("cost_microusd", MICRO), "minutes": ("ms", MINUTE_MS)}
        return {unit: int(given[name] * factor) for name, (unit, factor) in units.items() if name in given}


def _scaled(limit: int | None, unit: Decimal) -> Decimal | None:
    return None if limit is None else Decimal(limit) / unit


def _more_than(used: Any, used_text: str) -> Any:
    def check(given: Any) -> None:
        if given <= used:
            raise forms.ValidationError(f"That is used up already ({used_text}): allow more.")

    return check
