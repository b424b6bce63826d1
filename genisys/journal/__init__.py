"""A run's recorded steps: the only place that names the journal's fields, and what they hold.

Decodes and makes records; the store reads and writes them, the execution replays them.
"""
