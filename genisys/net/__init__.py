"""The guarded HTTP client: the only way to an address that a person or a page has given.

`Fetcher` is what others use; the rest makes sure that a name cannot point elsewhere between its check and its use.
Components, webhooks and the client may call it. It knows nothing of runs.
"""

from .errors import FetchBlocked, FetchError, FetchFailed, FetchTimeout, FetchTooLarge, FetchUnresolved
from .fetcher import Fetched, Fetcher

__all__ = [
    "FetchBlocked",
    "FetchError",
    "FetchFailed",
    "FetchTimeout",
    "FetchTooLarge",
    "FetchUnresolved",
    "Fetched",
    "Fetcher",
]
