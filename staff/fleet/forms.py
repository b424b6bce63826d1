"""What is asked before a deed: why, and of a pause, how long."""

from __future__ import annotations

from datetime import timedelta

from django import forms

from staff.fleet.rows import pauses


class DeedForm(forms.Form):
    """Why it is done, for the audit."""

    why = forms.CharField(
        required=False,
        max_length=500,
        label="Why",
        help_text="Kept in the audit with your name.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class PauseForm(DeedForm):
    """For how long a provider is paused: a pause ends by itself, so that none is forgotten."""

    minutes = forms.ChoiceField(choices=pauses, initial="60", label="For")
    field_order = ("minutes", "why")

    @property
    def length(self) -> timedelta:
        """Return the length that was chosen; the form must be valid."""
        return timedelta(minutes=int(self.cleaned_data["minutes"]))
