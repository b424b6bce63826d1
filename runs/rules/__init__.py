"""What may be done and how much: inputs, edits, quotas, questions, rows that a run's steps may reach, the audit.

Who may do what with a run stands in `runs.access`. The service holds requests against these; views never go round it.
"""
