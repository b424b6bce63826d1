"""What a person typed, made into addresses to try. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from genisys import UserError
from ingestion.web.links import canonical

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.I)
_NAME = re.compile(r"^([^\W_]([\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]*$")
_IPV4 = re.compile(r"^\d{1,3}(\.\d{1,3}){3}$")


def addresses_to_try(text: str, named_hosts: Iterable[str] = ()) -> list[str]:
    """Return the addresses that the text may mean, the likelier first: for a bare domain https, then http.

    `named_hosts` may be given by name although they are not domains (localhost). Raises UserError for other
    text that is no address.
    """
    text = text.strip().strip("<>\"'“”")
    schemes = [""] if _SCHEME.match(text) else ["https://", "http://"]
    found = [address for scheme in schemes if (address := canonical(scheme + text)) is not None]
    if not found or any(character.isspace() for character in text):
        raise _not_an_address(text)
    host = urlsplit(found[0]).hostname or ""
    if not (_NAME.match(host) or _IPV4.match(host) or ":" in host or host in set(named_hosts)):
        raise _not_an_address(text)
    return found


def _not_an_address(text: str) -> UserError:
    return UserError(f"“{text[:100]}” is not a web address. Write it as example.com or https://example.com/page.")
