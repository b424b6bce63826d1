"""A run's recorded steps: the one place that names the journal's fields, and what stands in them.

Reads and makes records; reading and writing them is the store's matter, replaying them that of the execution.
"""
