"""What may be done and how much: inputs, edits, quotas, questions, rows that a run's steps may reach, the audit.

Leaves who may do what with a run to `runs.access`, and the doing to the service. Service, pages, API, staff and
terminal call it; products call `owned` for their steps.
"""
