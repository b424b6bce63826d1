"""Objects that grow while people watch: JSON state of a run, sent as patches (`log.patches`)."""

from __future__ import annotations

from typing import Any

from ..data import strict_json
from ..execution.scope import current
from ..log.patches import diff, whole
from .visible import name_given, shown_data


def publish_object(name: str, data: Any) -> None:
    """Show JSON `data` under that name on the page; the next call sends only what has changed.

    Use whole numbers or text: Python and browsers do not write floats the same way. Raises TypeError, EncodingError for
    data that is not strict JSON, ValueTooLarge where all of it is more than an event holds (256 KB): where a body runs
    again, it is sent whole.
    """
    name_given(name, "publish_object")
    scope = current.get()
    if scope is None:
        return
    value = shown_data(scope, "publish_object", name, data)
    name = strict_json.text(name)
    if scope.execution.secrets is not None:
        value = scope.execution.secrets.redactor.growing(value)
    sent = scope.execution.objects
    # Sent whole where this attempt has not sent it yet: a body that runs again may show other data than before.
    patch = diff(sent[name], value) if name in sent else whole(value)
    if patch and scope.say("object.patch", name=name, patch=patch):
        sent[name] = value
