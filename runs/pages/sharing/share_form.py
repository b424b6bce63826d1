"""The form that makes a link to a run."""

from __future__ import annotations

from django import forms


class ShareForm(forms.Form):
    """How long a new link is to last."""

    days = forms.TypedChoiceField(
        label="The link works for",
        coerce=int,
        choices=[(1, "one day"), (7, "one week"), (30, "30 days"), (90, "90 days")],
        initial=7,
    )
