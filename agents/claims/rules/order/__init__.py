"""Rules for what a claim puts first and second: who and whom, before and after, more and than, this here and that there.

`agents.claims.rules` alone may call it.
"""
