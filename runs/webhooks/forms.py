"""The form that adds a webhook."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings

from genisys import workflows
from runs.webhooks.models import EventType


class WebhookForm(forms.Form):
    """Address, events and workflow. `once` names this one filling-in: sent twice, it adds one webhook."""

    url = forms.URLField(
        label="Address",
        max_length=2000,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/hooks/genisys", "autocapitalize": "none"}),
        error_messages={
            "required": "Enter the address to notify, such as https://example.com/hooks.",
            "invalid": "This is not a web address. Write it as https://example.com/hooks.",
        },
    )
    events = forms.MultipleChoiceField(
        label="Notify it when",
        choices=EventType.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[EventType.COMPLETED, EventType.FAILED],
        error_messages={"required": "Choose at least one."},
    )
    workflow = forms.ChoiceField(label="Workflow", required=False)
    once = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = self.fields["workflow"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", "every workflow"), *((name, name) for name in sorted(workflows()))]
        self.fields["once"].initial = uuid.uuid4().hex

    def clean_url(self) -> str:
        """Return an address that may be notified; whether its host is public is checked on connecting."""
        url: str = self.cleaned_data["url"]
        parts = urlsplit(url)
        private = parts.hostname in settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS
        if parts.scheme != "https" and not (parts.scheme == "http" and private):
            raise forms.ValidationError("Only https:// addresses are told: what is sent names your runs.")
        if "@" in parts.netloc:
            raise forms.ValidationError(
                "The address holds a user name or password, which is not sent. Tell us apart by the signature."
            )
        return url
