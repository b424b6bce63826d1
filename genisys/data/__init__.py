"""JSON, and which Python data it can hold: strict JSON, what would be lost on the way to it, the order of sets.

Owns the one way to write data for journals, logs and browsers. Knows nothing of runs; any room may call it.
"""
