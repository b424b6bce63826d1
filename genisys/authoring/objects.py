"""Objects that grow before people's eyes: JSON state of a run, sent as patches.

A patch is a list of RFC 6902 operations (`add`, `remove`, `replace`) and one of our own, `append`, which adds text to
the end of a string. Paths are JSON Pointers (RFC 6901); "" is the whole value, so a root may be a list.
"""

from __future__ import annotations

from typing import Any

from ..data import strict_json
from ..execution.scope import current
from ..log.patches import diff, whole
from .visible import name_given, shown_data


def publish_object(name: str, data: Any) -> None:
    """Show JSON `data` under that name on the page; the next call sends only what has changed.

    Give whole numbers or text: a float is not written the same way by Python and by a browser. Raises TypeError,
    EncodingError for data that is no strict JSON, ValueTooLarge where the whole of it is more than an event holds
    (256 KB): it is sent whole where a body runs again.
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
    # What is not known to be in the log is sent whole: a body that runs again may give other data than before.
    patch = diff(sent[name], value) if name in sent else whole(value)
    if patch and scope.say("object.patch", name=name, patch=patch):
        sent[name] = value
