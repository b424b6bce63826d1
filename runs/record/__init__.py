"""The record of runs at rest: archives, where a run stands now, and what of one run was refused and set aside.

Reads the database and Redis for the service, the pages and the API. What writes it as runs go on is the control
plane.
"""
