"""Two runs beside each other: what went in and came out, their steps by component, time and cost.

Reads the rows that the record has and no log; called by `staff.urls` alone. What one run did is `staff.trace`'s.
"""
