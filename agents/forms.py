"""The form that asks for a post."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from agents.requests import FEWEST_SECTIONS, LONGEST_TOPIC, MOST_SECTIONS, SECTIONS
from ingestion.access import own_sites
from ingestion.models import Site


class PostForm(forms.Form):
    """Topic, site and length. `once` names this filling-in of the form: sent twice, it asks for one post."""

    topic = forms.CharField(
        label="What should the post be about?",
        min_length=3,
        max_length=LONGEST_TOPIC,
        error_messages={"required": "Say what the post should be about, in a few words."},
    )
    site = forms.ModelChoiceField(
        queryset=Site.objects.none(), required=False, label="Write from", empty_label="all sites I have read"
    )
    sections = forms.IntegerField(
        label="Sections", min_value=FEWEST_SECTIONS, max_value=MOST_SECTIONS, initial=SECTIONS, required=False
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(
        self, data: Any = None, *, user: AbstractBaseUser | AnonymousUser | None = None, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.fields["once"].initial = uuid.uuid4().hex
        if user is not None and user.is_authenticated:
            chosen = self.fields["site"]
            assert isinstance(chosen, forms.ModelChoiceField)
            chosen.queryset = own_sites(user.pk)

    def clean_sections(self) -> int:
        return self.cleaned_data["sections"] or SECTIONS
