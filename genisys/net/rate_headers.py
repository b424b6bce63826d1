"""What response headers say about limits, a provider's or any other server's.

Sources: `Retry-After` of RFC 9110, section 10.2.3; `retry-after-ms` and `x-ratelimit-*` of OpenAI's "Rate limits".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from ..core.clock import now_ms

LONGEST_S = 3600.0

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After (seconds or a date) or retry-after-ms, at most an hour; None without either."""
    milliseconds, given = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds:
            return min(LONGEST_S, max(0.0, float(milliseconds) / 1000))
        if given and given.strip().replace(".", "", 1).isdigit():
            return min(LONGEST_S, float(given))
        if given:
            when = parsedate_to_datetime(given)
            at_ms = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000
            return min(LONGEST_S, max(0.0, (at_ms - now_ms()) / 1000))
    except (TypeError, ValueError):
        return None
    return None


def quiet_for(headers: Mapping[str, str]) -> float | None:
    """Return for how many seconds nothing more should be sent, or None where the headers do not say.

    It is Retry-After where that is given, else the longest `x-ratelimit-reset-*` whose `remaining` is 0.
    """
    asked = retry_after(headers)
    if asked is not None:
        return asked
    resets = [
        _duration(headers.get(f"x-ratelimit-reset-{kind}", ""))
        for kind in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{kind}") == "0"
    ]
    return max((reset for reset in resets if reset is not None), default=None)


def _duration(text: str) -> float | None:
    """Return the seconds of OpenAI's durations, such as `6m0s`, `1.5s` or `20ms`; a bare number is seconds."""
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return min(LONGEST_S, sum(float(number) * _UNITS[unit] for number, unit in parts))
    try:
        return min(LONGEST_S, max(0.0, float(text)))
    except ValueError:
        return None
