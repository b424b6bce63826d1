"""How the answers of providers are read: words of errors, usage, headers, prices.

Each is a plain function of plain data without a face of its own. A scripted provider on a socket would take a call for
each of the hundreds of forms that these tests go through.
"""

from __future__ import annotations

# As said above: plain functions, which through a call would be seen in a few forms only.
from genisys.net.rate_headers import LONGEST_S, quiet_for, retry_after
from genisys.providers.error_words import Said, failure_in, said_in  # as above
from genisys.providers.prices import cost_microusd  # as above
from genisys.providers.usage import Usage, usage_of  # as above

__all__ = [
    "LONGEST_S",
    "Said",
    "Usage",
    "cost_microusd",
    "failure_in",
    "quiet_for",
    "retry_after",
    "said_in",
    "usage_of",
]
