"""The forms that add a blog, and hand a post over to one."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from agents.access import own_blogs
from agents.handover import blogs
from agents.models import Blog, Post
from genisys import UserError


class BlogForm(forms.Form):
    """What it is, where it is, and what lets us write there."""

    kind = forms.ChoiceField(
        label="It runs on", choices=Blog.Kind.choices, initial=Blog.Kind.WORDPRESS, widget=forms.RadioSelect
    )
    address = forms.CharField(
        label="Address",
        max_length=1000,
        widget=forms.URLInput(attrs={"placeholder": "https://blog.example.com", "autocapitalize": "none"}),
        error_messages={"required": "Enter the blog's address, such as https://blog.example.com."},
    )
    user = forms.CharField(
        label="User name",
        max_length=200,
        required=False,
        help_text="Of WordPress alone: the user whose drafts these will be.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    secret = forms.CharField(
        label="Application password, or Admin API key",
        max_length=400,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="WordPress makes an application password under Users, Profile; Ghost an Admin API key under "
        "Settings, Integrations, for a custom integration. It is kept encrypted and shown to nobody.",
    )

    def clean_address(self) -> str:
        try:
            return blogs.address_of(self.cleaned_data["address"])
        except UserError as error:
            raise ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if {"kind", "secret"} <= given.keys():
            try:
                blogs.credentials_of(given["kind"], given.get("user", ""), given["secret"])
            except UserError as error:
                self.add_error("secret", error.message)
        return given


class HandOverForm(forms.Form):
    """The blog, and whether this version takes the place of what was changed there. `once` names this filling-in."""

    blog = forms.ModelChoiceField(queryset=Blog.objects.none(), label="Blog", empty_label=None)
    replace = forms.BooleanField(
        required=False, label="Put this version over what was changed in the draft there", initial=False
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, post: Post, data: Any = None) -> None:
        super().__init__(data, initial={"once": uuid.uuid4().hex}, auto_id="hand_over_%s")
        chosen = self.fields["blog"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = own_blogs(post.owner_id)
        if not post.hand_overs.exists():
            del self.fields["replace"]
