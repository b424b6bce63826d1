"""The forms with which a person changes a post."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.editing.versions import LONGEST_BODY


class EditForm(forms.Form):
    """Title and text. `base` is the version that the person began from."""

    title = forms.CharField(label="Title", max_length=300)
    body = forms.CharField(
        label="Text, in Markdown",
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 28, "class": "manuscript", "spellcheck": "true"}),
        help_text="[1] behind a sentence names the source that it rests on. Each sentence is checked again on saving.",
    )
    why = forms.CharField(label="Why", max_length=200, required=False)
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def clean_body(self) -> str:
        # A browser sends the lines of a text as forms have it.
        text: str = self.cleaned_data["body"]
        return text.replace("\r\n", "\n")


class ReviseForm(forms.Form):
    """What a run is to change, and where."""

    instruction = forms.CharField(
        label="What should change?",
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "Shorter, more on pricing"}),
    )
    section = forms.ChoiceField(label="Where", required=False)
    once = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, headings: list[str], data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        where = self.fields["section"]
        assert isinstance(where, forms.ChoiceField)
        where.choices = [("", "the whole post"), *((heading, heading) for heading in headings)]
