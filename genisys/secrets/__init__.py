"""Secrets of a run: the keys they are sealed with, what people see in their place, and what is known of them.

Owns sealing and redaction. Which types hold secrets is said in `core.secret_types`; where sealed data is kept is the
journal's and the store's matter.
"""
