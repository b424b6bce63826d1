"""The form that asks for a site to be read."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.conf import settings

from genisys import UserError
from ingestion.models import Site
from ingestion.requests import PAGES, IngestRequest
from ingestion.understanding.profiles import LABELS, LONGEST
from ingestion.web.addresses import addresses_to_try

PATTERNS_MOST = 50
PATTERN_CHARS = 300
LANGUAGES_MOST = 20
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*|all")


class _FewLines(forms.Textarea):
    def __init__(self) -> None:
        super().__init__(attrs={"rows": 3})


class ProfileForm(forms.Form):
    """What a person may set in a profile. An empty field is left to readings."""

    title = forms.CharField(label=LABELS["title"], max_length=LONGEST["title"], required=False)
    what = forms.CharField(label=LABELS["what"], max_length=LONGEST["what"], required=False, widget=_FewLines)
    audience = forms.CharField(label=LABELS["audience"], max_length=LONGEST["audience"], required=False)
    tone = forms.CharField(label=LABELS["tone"], max_length=LONGEST["tone"], required=False, widget=_FewLines)


class _Patterns(forms.CharField):
    """Paths, one a line; * stands for anything."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "none"})
        super().__init__(required=False, max_length=20_000, widget=widget, **options)

    def clean(self, value: Any) -> list[str]:
        """Return the patterns; the way from them to addresses is `choosing.scope`'s."""
        lines: list[str] = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > PATTERNS_MOST:
            raise forms.ValidationError(f"Give at most {PATTERNS_MOST} paths, one a line.")
        for line in lines:
            if len(line) > PATTERN_CHARS:
                raise forms.ValidationError(f"A path may have at most {PATTERN_CHARS} characters.")
        return lines

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class _Languages(forms.CharField):
    """Codes of languages with spaces or commas between them."""

    def clean(self, value: Any) -> list[str]:
        """Return the codes as they were written, in lower case."""
        codes: list[str] = super().clean(value).lower().replace(",", " ").split()
        for code in codes:
            if not _LANGUAGE.fullmatch(code):
                raise forms.ValidationError(f"“{code[:20]}” is no code of a language. Write en, de or pt-br, or all.")
        if len(codes) > LANGUAGES_MOST:
            raise forms.ValidationError(f"Give at most {LANGUAGES_MOST} languages, or “all”.")
        return codes

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class IngestForm(forms.Form):
    """A site's address, and how it is read. `once` names this filling-in of the form: sent twice, it asks for one
    reading. All but the address are options, which a page folds away.
    """

    url = forms.CharField(
        label="Which site?",
        max_length=2000,
        widget=forms.TextInput(
            attrs={"placeholder": "example.com", "inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "Give the site's address, such as example.com."},
    )
    max_pages = forms.IntegerField(label="Pages at most", min_value=1, required=False)
    include = _Patterns(label="Read only these paths", help_text="One per line, such as /docs/*.")
    exclude = _Patterns(label="Leave these paths out", help_text="One per line, such as /archive/*. These come first.")
    languages = _Languages(
        label="Languages",
        required=False,
        max_length=300,
        help_text="Such as en, de. Left empty, the home page’s own; all reads every language.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    depth = forms.IntegerField(
        label="Depth", min_value=0, max_value=50, required=False, help_text="How many folders below the start."
    )
    sub_domains = forms.BooleanField(label="Read its sub-domains too", required=False)
    schedule = forms.ChoiceField(label="Read it again", choices=Site.Schedule.choices, required=False)
    once = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        most = settings.INGEST_MAX_PAGES
        pages = self.fields["max_pages"]
        assert isinstance(pages, forms.IntegerField)
        pages.initial = min(PAGES, most)
        pages.widget.attrs["max"] = most
        self.fields["once"].initial = uuid.uuid4().hex

    @classmethod
    def again(cls, site: Site) -> IngestForm:
        """Return the form as it was filled in for the site's last reading."""
        return cls(initial={**site.options, "url": site.url, "schedule": site.schedule})

    @property
    def asked_for(self) -> list[forms.BoundField]:
        """Return the fields that stand open."""
        return [self["url"], self["once"]]

    @property
    def options(self) -> list[forms.BoundField]:
        """Return the fields that are folded away."""
        return [self[name] for name in self.fields if name not in ("url", "once")]

    @property
    def opened(self) -> bool:
        """Whether an option has to be seen: something is wrong with it, or it was chosen before."""
        chosen = ("include", "exclude", "languages", "depth", "sub_domains")
        return any(field.errors for field in self.options) or any(self.initial.get(name) for name in chosen)

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

    def request(self) -> IngestRequest:
        """Return what was asked for, once it is valid. A form that does not show the schedule leaves it as it is."""
        asked = {name: self.cleaned_data[name] for name in IngestRequest.model_fields if name in self.cleaned_data}
        return IngestRequest(**{**asked, "schedule": asked["schedule"] or None})
