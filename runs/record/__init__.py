"""The record of runs at rest: archives, steps, costs, what a run looks like now, what of it was refused and set aside.

Reads the database, and Redis by the engine, for whoever shows or serves runs. Rows change by the control plane and
the service.
"""
