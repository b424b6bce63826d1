"""How a run treats the calls of the OpenAI SDK, by method and path: recorded as steps, or refused, and why.

Whatever is not named here is recorded, new paths of the SDK too. A call that opens a socket of its own has no path and
is refused (`SOCKET`).
"""

from __future__ import annotations

import re

OTHER_WAY = (
    "Call it outside of the run, or, where the run may do it twice, in a component of your own with a plain "
    "openai.AsyncOpenAI: the component is then the step that is recorded."
)
SOCKET = f"a connection that both sides write to cannot be recorded as a step. {OTHER_WAY}"

_SECRET = f"its answer holds a secret, which the record of the run would show to whoever may read it. {OTHER_WAY}"
_ADMIN = f"it administers the account, whose keys and people are no part of a run's record. {OTHER_WAY}"
_CALL = f"it is part of a call or session that cannot be taken up again after a crash. {OTHER_WAY}"

_REFUSED: list[tuple[str, re.Pattern[str], str]] = [
    ("*", re.compile(r"/organization(/.*)?"), _ADMIN),
    ("*", re.compile(r"/realtime/calls(/.*)?"), _CALL),
    ("*", re.compile(r"/live(/.*)?"), _CALL),
    ("post", re.compile(r"/realtime/(translations/)?(client_secrets|sessions|transcription_sessions)"), _SECRET),
    ("post", re.compile(r"/chatkit/sessions"), _SECRET),
    ("post", re.compile(r"/webhook_endpoints(/[^/]+/rotate_secret)?"), _SECRET),
    ("post", re.compile(r"/vaults/[^/]+/credentials(/[^/]+)?"), _SECRET),
]

# The POSTs that are known to cost nothing by themselves. Any other counts as paid.
_FREE = re.compile(r"/moderations|/files|/uploads(/.*)?|/conversations(/.*)?|/responses/input_tokens")
_FREE_ENDS = ("/cancel", "/pause", "/resume", "/validate")

# Calls whose answers are more bytes than a record holds.
_BYTES = re.compile(r"/images/.*|/audio/speech|/videos(/.*)?")


def refusal(method: str, path: str) -> str:
    """Return why a call is refused inside a run, and what to do instead; "" for a call that is recorded."""
    method, path = method.lower(), _plain(path)
    return next((why for of, paths, why in _REFUSED if of in ("*", method) and paths.fullmatch(path)), "")


def is_paid(method: str, path: str) -> bool:
    """Return whether a call counts as paid: its start is in the log before it leaves, and the budget is checked."""
    path = _plain(path)
    return method.lower() == "post" and not path.endswith(_FREE_ENDS) and not _FREE.fullmatch(path)


def gives_bytes(method: str, path: str) -> bool:
    """Return whether a call answers with bytes that a record refers to, and so needs a place to store them."""
    return method.lower() == "post" and bool(_BYTES.fullmatch(_plain(path)))


def _plain(path: str) -> str:
    return "/" + path.partition("?")[0].strip("/")
