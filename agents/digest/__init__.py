"""The digest: what stands in a post's place where no model writes well enough. The site's own sentences, as they stand.

Owns which sentences may stand without the ones around them, which of a page's parts are taken, and their order. Pure:
finding the parts is `agents.research.rows`', showing and keeping the digest that of `agents.steps` and the workflow,
which may call it.
"""

from agents.digest.chapter import Chapter, chapters_of
from agents.digest.composing import Composed, compose

__all__ = ["Chapter", "Composed", "chapters_of", "compose"]
