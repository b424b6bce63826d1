"""An address of a site that cannot exist, and what came for it. Pure: `ingestion.steps` asks for it once.

What follows for the site's pages is said by `ingestion.outcomes`.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urljoin

from pydantic import BaseModel


class Missing(BaseModel):
    """What came for the address. `text` is empty where nothing follows from it: the site says 404, as it should, or
    shows each address the same page. `leads_to` is where it sent us, "" where it did not.
    """

    address: str = ""
    leads_to: str = ""
    title: str = ""
    text: str = ""


def address_of_nothing(home: str) -> str:
    """Return an address of the site that nobody can have given to a page; always the same for one home page."""
    return urljoin(home, f"/{hashlib.blake2b(home.encode(), digest_size=8).hexdigest()}-is-not-there")
