"""The forms that add a blog, and hand a post over to one."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from agents.access import own_blogs
from agents.handover import blogs
from agents.models import Blog, Post
from genisys import UserError


class BlogForm(forms.Form):
    """Where a blog is. Each kind adds what lets us write there, and says where that is found."""

    KIND: Blog.Kind

    address = forms.CharField(
        label="Blog address",
        max_length=1000,
        widget=forms.URLInput(attrs={"placeholder": "https://blog.example.com", "autocapitalize": "none"}),
        error_messages={"required": "Enter the blog's address, such as https://blog.example.com."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{self.KIND}_%s")
        self.fields["kind"] = forms.CharField(widget=forms.HiddenInput, initial=self.KIND, required=False)

    def clean_address(self) -> str:
        try:
            return blogs.address_of(self.cleaned_data["address"])
        except UserError as error:
            raise ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = {"user": "", **self.cleaned_data, "kind": self.KIND}
        if "secret" in given and not self.errors.get("user"):
            try:
                blogs.credentials_of(self.KIND, given["user"], given["secret"])
            except UserError as error:
                self.add_error("secret", error.message)
        return given


def _secret(label: str, where: str) -> forms.CharField:
    """Return the field for what lets us write there; `where` says in a sentence how to come by it."""
    return forms.CharField(
        label=label,
        max_length=400,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=f"{where} It is stored encrypted and never shown again.",
    )


class WordPressForm(BlogForm):
    """A blog that runs on WordPress: who writes there, and their application password."""

    KIND = Blog.Kind.WORDPRESS

    user = forms.RegexField(
        r"^[^:]*$",
        label="User name",
        max_length=200,
        help_text="The WordPress user who is to own the drafts. Their role must allow writing posts.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={
            "required": "Enter the name of the WordPress user who is to own the drafts.",
            "invalid": "A WordPress user name has no colon in it.",
        },
    )
    secret = _secret(
        "Application password",
        "Not the password you sign in with: WordPress makes one for us under Users, Profile, Application Passwords.",
    )


class GhostForm(BlogForm):
    """A blog that runs on Ghost: a key is all that it asks for."""

    KIND = Blog.Kind.GHOST

    secret = _secret(
        "Admin API key",
        "In Ghost, open Settings, Integrations, add a custom integration, and copy its Admin API key.",
    )


def blog_forms(data: QueryDict | None = None) -> list[BlogForm]:
    """Return a form for each kind of blog; what was sent is in the one whose kind it names."""
    kind = data.get("kind") if data is not None else None
    return [form(data if kind == form.KIND else None) for form in (WordPressForm, GhostForm)]


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
