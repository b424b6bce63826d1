"""The fields of a brief on a form, all optional. What was filled in becomes a `Brief`; errors stand at their fields."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from pydantic import ValidationError

from agents.brief.brief import (
    FEWEST_WORDS,
    LARGEST_FILES,
    LONGEST_ADDRESS,
    LONGEST_LINE,
    LONGEST_SAMPLE,
    MOST_FILES,
    MOST_FORBIDDEN,
    MOST_SOURCES,
    MOST_TOKENS,
    MOST_WORDS,
    Brief,
    Caps,
)

FORMS = [
    ("", "Whatever suits the topic"),
    ("how-to", "How-to"),
    ("announcement", "Announcement"),
    ("comparison", "Comparison"),
    ("opinion", "Opinion"),
    ("list", "List"),
]
WAITS = [
    (0, "Write on without asking me"),
    (15, "Show it to me; after 15 minutes it stands as it is"),
    (60, "Show it to me; after an hour it stands as it is"),
    (24 * 60, "Show it to me; after a day it stands as it is"),
]
READABLE = ".pdf,.docx,.md,.markdown,.html,.htm,.txt"


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that a page folds away under one line. `opened`: one of them has to be seen."""

    label: str
    fields: list[forms.BoundField]
    opened: bool


class Lines(forms.CharField):
    """Several short texts, one a line."""

    def __init__(self, *, most: int, each: int, **options: Any) -> None:
        self._most, self._each = most, each
        super().__init__(required=False, max_length=most * (each + 2), widget=forms.Textarea({"rows": 2}), **options)

    def clean(self, value: Any) -> list[str]:
        lines: list[str] = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > self._most:
            raise forms.ValidationError(f"Give at most {self._most}, one a line.")
        if any(len(line) > self._each for line in lines):
            raise forms.ValidationError(f"A line may have at most {self._each} characters.")
        return lines


class Addresses(Lines):
    """Web addresses, one a line; `https://` may be left out."""

    def clean(self, value: Any) -> list[str]:
        return [whole(line) for line in super().clean(value)]


class _Several(forms.ClearableFileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """Any number of files, as far as they fit into a run's record."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=_Several({"accept": READABLE}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Return the files that were chosen, each with a name and some bytes."""
        given = data if isinstance(data, list | tuple) else [data]
        files: list[UploadedFile[Any]] = [file for one in given if (file := super(Files, self).clean(one, initial))]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"Give at most {MOST_FILES} files.")
        if sum(file.size or 0 for file in files) > LARGEST_FILES:
            raise forms.ValidationError(
                "The files may have 2 MB in all. Put larger ones on the web, and give their addresses."
            )
        return files


def whole(address: str) -> str:
    """Return an address with its scheme."""
    return address if not address or "://" in address else f"https://{address}"


def _line(label: str, help_text: str = "", example: str = "") -> forms.CharField:
    widget = forms.TextInput({"placeholder": example} if example else {})
    return forms.CharField(label=label, required=False, max_length=LONGEST_LINE, help_text=help_text, widget=widget)


def _cap(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=MOST_TOKENS, required=False)


class BriefFields(forms.Form):
    """The brief's fields. Once the form is valid, `cleaned_data["brief"]` is the `Brief`."""

    audience = _line("Who reads it?", example="people who own their first heat pump")
    goal = _line("What should they know or do afterwards?", example="they check the filter themselves")
    call_to_action = _line("What should the close ask of them?", example="book the yearly check")
    format = forms.ChoiceField(label="Form", choices=FORMS, required=False)
    words = forms.IntegerField(
        label="Length in words", min_value=FEWEST_WORDS, max_value=MOST_WORDS, required=False, help_text="Roughly."
    )
    keyword = _line("Keyword", "A phrase for the title and the opening.")
    tone = _line("In words", "Empty: as your site speaks.", "warm, plain, no jokes")
    tone_sample = forms.CharField(
        label="A sample",
        required=False,
        max_length=LONGEST_SAMPLE,
        widget=forms.Textarea({"rows": 3}),
        help_text="A paragraph or two that sound right. None of its facts are taken.",
    )
    tone_address = forms.CharField(
        label="A page that sounds right",
        required=False,
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput({"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="Its address. None of its facts are taken.",
    )
    sources = Addresses(
        label="Addresses to use",
        most=MOST_SOURCES,
        each=LONGEST_ADDRESS,
        help_text="One per line; read when it begins.",
    )
    documents = Files(label="Files to use", help_text="PDF, Word (DOCX), Markdown, HTML or text; 2 MB in all.")
    web = forms.BooleanField(label="Search the web too", required=False)
    not_say = Lines(
        label="Never say", most=MOST_FORBIDDEN, each=LONGEST_LINE, help_text="Words, names or claims, one a line."
    )
    ask = forms.BooleanField(label="Ask me first what this leaves open", required=False)
    approve_minutes = forms.TypedChoiceField(label="The outline", choices=WAITS, coerce=int, required=False)
    cap_research = _cap("Tokens for research")
    cap_outline = _cap("Tokens for the outline")
    cap_sections = _cap("Tokens for the sections")
    cap_edit = _cap("Tokens for the edit")

    _GROUPS = {
        "Reader and purpose": ("audience", "goal", "call_to_action"),
        "Form and length": ("format", "words", "sections", "keyword"),
        "Tone": ("tone", "tone_sample", "tone_address"),
        "Sources and limits": ("sources", "documents", "web", "not_say"),
        "Before it is written": ("ask", "approve_minutes"),
        "What it may use": tuple(f"cap_{name}" for name in Caps.model_fields),
    }

    @property
    def groups(self) -> list[Group]:
        """Return the fields in the groups in which a page shows them."""
        named = {label: [self[name] for name in names if name in self.fields] for label, names in self._GROUPS.items()}
        return [Group(label, fields, any(map(_is_to_be_seen, fields))) for label, fields in named.items()]

    def clean_tone_address(self) -> str:
        return whole(self.cleaned_data["tone_address"])

    def clean(self) -> dict[str, Any]:
        """Make the brief; what it refuses is said at its field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            asked = {name: cleaned[name] for name in Brief.model_fields if cleaned.get(name) not in (None, "", [])}
            asked["caps"] = {name: cleaned.get(f"cap_{name}") or 0 for name in Caps.model_fields}
            asked["files"] = [_as_given(file) for file in cleaned.get("documents", [])]
            try:
                cleaned["brief"] = Brief.model_validate(asked)
            except ValidationError as error:
                for fault in error.errors():
                    place = str(fault["loc"][0]) if fault["loc"] else "documents"
                    self.add_error(place, f"{fault['msg'].removeprefix('Value error, ')}.")
        return cleaned


def _as_given(file: UploadedFile[Any]) -> dict[str, str]:
    return {"name": file.name or "file", "content": base64.b64encode(file.read()).decode("ascii")}


def _is_to_be_seen(field: forms.BoundField) -> bool:
    """Return whether something is wrong with a field, or was filled in before."""
    filled = field.form.is_bound and field.data not in (None, "", [], "0", field.initial, str(field.initial))
    return bool(field.errors) or filled
