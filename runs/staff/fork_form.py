"""The form with which staff fork a run at one of its steps: the title of the new run, and the input it begins with."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from genisys.host import StepRecord
from runs.models import Run, Step
from runs.rules.json_text import JsonField

_OF_THE_RUN = "Left as it is, the new run has what this one had. A secret, shown as dots, has to be given anew."


class ForkForm(forms.Form):
    """`order` is what `fork_run` takes, once the form is valid. `once` names this filling-in: twice is one fork.

    An input that was left as it is shown is not sent: the step runs again with what it had, secrets and all.
    """

    title = forms.CharField(max_length=300, required=False)
    input = JsonField(
        label="Input, as JSON",
        help_text="Left as it is, the step runs again with what it had. A secret, shown as dots, has to be given anew.",
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, run: Run, step: Step | StepRecord | None, data: Any = None) -> None:
        shown = run.input if step is None else step.input
        super().__init__(data, initial={"title": run.title, "input": shown, "once": uuid.uuid4().hex})
        self._step = step
        self.fields["input"].widget.attrs["rows"] = 16
        if step is None:
            self.fields["input"].help_text = _OF_THE_RUN

    def clean_input(self) -> dict[str, Any]:
        given = self.cleaned_data["input"]
        if not isinstance(given, dict):
            raise forms.ValidationError('This has to be a JSON object, such as {"name": "value"}.')
        return given

    @property
    def order(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "step": None if self._step is None else self._step.key,
            "input": given["input"] if "input" in self.changed_data else None,
            "title": given["title"],
            "idempotency_key": f"fork:{given['once']}",
        }
