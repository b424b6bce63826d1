"""The admin's records in the product's look and weight, whoever registered them.

Django and allauth register people, groups and addresses as for the plain admin, without Unfold's forms; and of Django's
own scripts, each page loads all that any form may want.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.auth.models import Group, User
from django.db.models import Field
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

_FOR_SLUGS = {"urlify.js", "prepopulate.js", "xregexp.js", "xregexp.min.js"}
_FOR_WINDOWS = {"jquery.js", "jquery.min.js", "jquery.init.js", "RelatedObjectLookups.js"}

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin as _Before
else:
    # What is said here goes before what the record's own class says, and Unfold's after it.
    _Before = object


class _Record(_Before):
    """A record whose pages load the scripts that they use: slugs and windows over a form are rare."""

    opens_windows = True

    @property
    def media(self) -> Media:
        media: Media = super().media
        if not self.prepopulated_fields:
            media = _without(media, _FOR_SLUGS)
        return media if self.inlines or self._relates() else _without(media, _FOR_WINDOWS)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list; only where it can be edited does it need what forms do."""
        light = {} if self.list_editable else {"media": _without(self.media, _FOR_WINDOWS)}
        page: HttpResponse = super().changelist_view(request, {**light, **(extra_context or {})})
        return page

    def _relates(self) -> bool:
        """Say whether a form of it may open a window to choose or to make something else."""
        fixed = {*self.readonly_fields, *(self.exclude or ())}
        related = (field for field in self.model._meta.get_fields() if field.is_relation and not field.auto_created)
        return self.opens_windows and any(field.editable and field.name not in fixed for field in related)


class _Accounts(_Record):
    """People and groups. What they belong to is made on its own page, so no window is opened from theirs."""

    opens_windows = False

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for ability in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if hasattr(getattr(field, "widget", None), ability):
                setattr(field.widget, ability, False)
        return field


class _People(_Accounts):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


class _SecondSteps(_Record):
    """Can be taken from whoever lost them. What codes are made of is shown to nobody."""

    exclude = ("data",)
    readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


_OURS: dict[Any, type[_Record]] = {User: _People, Group: _Accounts, Authenticator: _SecondSteps}


def dress(site: AdminSite) -> None:
    """Register all that is registered again, as records of this look. Before the site gives its addresses."""
    for model in filter(site.is_registered, apps.get_models()):
        plain = type(site.get_model_admin(model))
        site.unregister(model)
        site.register(model, type(plain.__name__, (_OURS.get(model, _Record), plain, ModelAdmin), {}))


def _without(media: Media, names: set[str]) -> Media:
    """Return the same without scripts of these names: Django has no public way to take some out."""
    kept = [script for script in media._js if str(script).rsplit("/", 1)[-1] not in names]  # type: ignore[attr-defined]
    return Media(css=media._css, js=kept)  # type: ignore[attr-defined]
