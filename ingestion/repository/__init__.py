"""Where the workflow keeps what it reads, and gets it back: the one place of it that touches the ORM.

All of it may be done twice with the same outcome: a step that stopped after its write and before its record runs again.
Each function reaches only the rows of the run's owner (`runs.rules.owned`); an id of somebody else's row raises
UserError. Leaves what people do with a site to `ingestion.knowledge`. `ingestion.steps` alone may call it, by the names
given here: a component's version is a digest of its body, so they stay where files are divided anew.
"""

from ingestion.repository.pages import Kept, Validators, keep_page, keep_unchanged, validators_of
from ingestion.repository.sites import finish_site, open_site
from ingestion.repository.understood import Digested, PageText, digested, keep_understood, page_text, stated, writers
from ingestion.repository.vectors import Unplaced, keep_vectors, without_vectors

__all__ = [
    "Digested",
    "Kept",
    "PageText",
    "Unplaced",
    "Validators",
    "digested",
    "finish_site",
    "keep_page",
    "keep_unchanged",
    "keep_understood",
    "keep_vectors",
    "open_site",
    "page_text",
    "stated",
    "validators_of",
    "without_vectors",
    "writers",
]
