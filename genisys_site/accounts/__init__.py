"""Signing in and a person's own settings: the one door, the first link, the second step.

Leaves passwords, mail and codes to allauth; tokens and notices are `runs.accounts`. Reached by URLs; `up`
makes the first link.
"""
