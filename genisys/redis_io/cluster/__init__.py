"""A cluster of Redis servers: who has which slots, and how commands and doorbells reach the right one.

Below `servers`, which opens one where the address says so; nothing else calls it.
"""
