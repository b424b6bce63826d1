"""allauth's forms, labelled as our own pages are: in sentence case, each field by what goes into it."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.totp import forms as totp
from django import forms

_AGAIN = "Repeat the password"
_NEW = {"password1": "New password", "password2": "Repeat the new password"}


class _Labelled(forms.Form):
    labels: ClassVar[dict[str, str]]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in self.labels.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)  # allauth's repeat its own labels


class LoginForm(_Labelled, account.LoginForm):
    labels: ClassVar = {"login": "Email address", "remember": "Keep me signed in on this device"}


class SignupForm(_Labelled, account.SignupForm):
    labels: ClassVar = {"email": "Email address", "password2": _AGAIN}


class AddEmailForm(_Labelled, account.AddEmailForm):
    labels: ClassVar = {"email": "New email address"}


class ResetPasswordForm(_Labelled, account.ResetPasswordForm):
    labels: ClassVar = {"email": "Email address"}


class ChangePasswordForm(_Labelled, account.ChangePasswordForm):
    labels: ClassVar = {"oldpassword": "Current password", **_NEW}


class SetPasswordForm(_Labelled, account.SetPasswordForm):
    labels: ClassVar = {"password2": _AGAIN}


class ResetPasswordKeyForm(_Labelled, account.ResetPasswordKeyForm):
    labels: ClassVar = _NEW


class ActivateTOTPForm(_Labelled, totp.ActivateTOTPForm):
    labels: ClassVar = {"code": "Code from the app"}
