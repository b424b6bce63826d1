"""Rules for what a claim puts first and second: who and whom, before and after, more and than, one thing for another.

`agents.claims.rules` alone may call it.
"""
