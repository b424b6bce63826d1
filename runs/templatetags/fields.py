"""`{{ field|plainly }}`: a form's field, without a placeholder that repeats its label."""

from __future__ import annotations

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def plainly(field: BoundField) -> SafeString:
    """Return the field as HTML. A placeholder that is no example but the label again reads like something filled in."""
    label, hint = str(field.label).lower(), str(field.field.widget.attrs.get("placeholder", "")).lower()
    repeats = bool(hint) and (hint in label or label in hint)
    return field.as_widget(attrs={"placeholder": False} if repeats else None)
