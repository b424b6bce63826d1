"""What the guarded client raises.

FetchError (GenisysError)
├── FetchBlocked    the address, scheme or port is not one that may be read (permanent)
├── FetchTooLarge   more bytes than allowed (permanent)
├── FetchTimeout    no answer, or no end of it, in time
└── FetchFailed     name lookup, connection or protocol; permanent where trying again cannot help
    └── FetchUnresolved   there is no such name (permanent)
"""

from __future__ import annotations

from ..errors import GenisysError


class FetchError(GenisysError):
    """Root of what the guarded client raises. The message is a sentence for people."""


class FetchBlocked(FetchError):
    """The address may not be read: not http(s), a port or host that is not public, a credential in it."""

    permanent = True


class FetchTooLarge(FetchError):
    """The answer has more bytes than the limit."""

    permanent = True


class FetchTimeout(FetchError):
    """No answer, or not the whole of it, within the time."""


class FetchFailed(FetchError):
    """The name does not resolve, the connection failed, or what came is not HTTP."""


class FetchUnresolved(FetchFailed):
    """There is no such name. A lookup that only failed just now is a FetchFailed that may be tried again."""

    permanent = True
