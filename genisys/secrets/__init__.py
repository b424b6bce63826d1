"""Secrets of a run: the keys they are sealed with, what people see in their place, and what is known of them.

Owns sealing and redaction. `core.secret_types` knows which types hold secrets; the journal and the store keep sealed
data.
"""
