"""Handing a post over to a blog of its owner's, as a draft: which blogs a person has, and what went there.

`blogs` keeps them and what lets us write there; `workflow` hands a post over, as a run; `rows` is what its steps take
from the database; the rest is the pages. How a blog is spoken to is left to `agents.destinations`.
"""
