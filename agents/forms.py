"""The form that asks for a post."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from agents.brief.angles import Angle
from agents.brief.fields import BriefFields
from agents.brief.knowledge import suggested
from agents.brief.requests import FEWEST_SECTIONS, LONGEST_TOPIC, MOST_SECTIONS, SECTIONS
from agents.research.web import engine
from ingestion.access import own_sites
from ingestion.models import Site

SUGGESTED = 4


class PostForm(BriefFields):
    """Topic, site, length and the brief. `once` names this filling-in of the form: sent twice, it asks for one post."""

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
        self,
        data: Any = None,
        files: Any = None,
        *,
        user: AbstractBaseUser | AnonymousUser | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, files, **options)
        self._owner_id = user.pk if user is not None and user.is_authenticated else None
        self.fields["once"].initial = uuid.uuid4().hex
        if self._owner_id is not None:
            chosen = self.fields["site"]
            assert isinstance(chosen, forms.ModelChoiceField)
            chosen.queryset = own_sites(self._owner_id)
        if engine() is None:
            del self.fields["web"]

    @property
    def asked_for(self) -> list[forms.BoundField]:
        """Return the fields that stand open."""
        return [self["topic"], self["site"], self["once"]]

    @cached_property
    def angles(self) -> list[Angle]:
        """Return topics that the chosen site supports, or all of the person's sites where none is chosen."""
        if self._owner_id is None:
            return []
        sites = own_sites(self._owner_id)
        chosen = self["site"].value()
        if chosen and str(chosen) in {str(key) for key in sites.values_list("pk", flat=True)}:
            sites = sites.filter(pk=chosen)
        return suggested(self._owner_id, sites, most=SUGGESTED)

    def clean_sections(self) -> int:
        return self.cleaned_data["sections"] or SECTIONS
