"""The form that asks for a site to be read."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings

from genisys import UserError
from ingestion.requests import PAGES
from ingestion.understanding.profiles import LABELS, LONGEST
from ingestion.web.addresses import addresses_to_try


class _FewLines(forms.Textarea):
    def __init__(self) -> None:
        super().__init__(attrs={"rows": 3})


class ProfileForm(forms.Form):
    """What a person may set in a profile. An empty field is left to readings."""

    title = forms.CharField(label=LABELS["title"], max_length=LONGEST["title"], required=False)
    what = forms.CharField(label=LABELS["what"], max_length=LONGEST["what"], required=False, widget=_FewLines)
    audience = forms.CharField(label=LABELS["audience"], max_length=LONGEST["audience"], required=False)
    tone = forms.CharField(label=LABELS["tone"], max_length=LONGEST["tone"], required=False, widget=_FewLines)


class IngestForm(forms.Form):
    """Address and number of pages. `once` names this filling-in of the form: sent twice, it asks for one reading."""

    url = forms.CharField(
        label="Which site?",
        max_length=2000,
        widget=forms.TextInput(
            attrs={"placeholder": "example.com", "inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "Give the site's address, such as example.com."},
    )
    max_pages = forms.IntegerField(label="Pages at most", min_value=1, required=False)
    once = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        most = settings.INGEST_MAX_PAGES
        pages = self.fields["max_pages"]
        assert isinstance(pages, forms.IntegerField)
        pages.initial = min(PAGES, most)
        pages.widget.attrs["max"] = most
        self.fields["once"].initial = uuid.uuid4().hex

    def clean_url(self) -> str:
        """Return what was typed. It must be an address; whether it answers is for the run to find out."""
        typed: str = self.cleaned_data["url"].strip()
        try:
            addresses_to_try(typed, settings.INGEST_ALLOWED_PRIVATE_HOSTS)
        except UserError as error:
            raise forms.ValidationError(error.message) from error
        return typed

    def clean_max_pages(self) -> int:
        """Return the number of pages, within what this installation reads of one site."""
        most: int = settings.INGEST_MAX_PAGES
        asked = self.cleaned_data["max_pages"] or min(PAGES, most)
        if asked > most:
            raise forms.ValidationError(f"At most {most} pages of a site are read here.")
        return int(asked)
