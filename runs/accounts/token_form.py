"""The form that makes an API token."""

from __future__ import annotations

from typing import Any

from django import forms

from genisys import workflows
from runs.models import ApiToken

SCOPE_WORDS = {
    "start": "start runs",
    "read": "read runs and follow them",
    "control": "stop, retry and change runs",
}


class TokenForm(forms.Form):
    """What a new token is called, and what it opens for how long."""

    name = forms.CharField(max_length=100, help_text="To recognise it by, such as the machine it is for.")
    scopes = forms.MultipleChoiceField(
        label="Permissions",
        choices=list(SCOPE_WORDS.items()),
        initial=list(ApiToken.SCOPES),
        widget=forms.CheckboxSelectMultiple,
    )
    workflows = forms.MultipleChoiceField(
        label="Only for these workflows",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave all of them empty to allow every workflow, including ones added later.",
    )
    days = forms.TypedChoiceField(
        label="Expires after",
        choices=[(30, "30 days"), (90, "90 days"), (365, "one year"), (0, "never")],
        coerce=int,
        initial=90,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workflows"].choices = [(name, name) for name in sorted(workflows())]  # type: ignore[attr-defined]
