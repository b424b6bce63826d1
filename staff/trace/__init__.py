"""One run for staff: its steps over time, the chosen step, its log, where it comes from, and what can be done to it.

Reads the light columns of the steps (`reading`), has them laid out by `staff.waterfall`, and reads what went in and out
of a step only when somebody opens it (`values`). Leaves the list of runs to `staff.runs`, acting to the services of
`runs`, and the editing of records to the admin. Its views are called by `staff.urls` alone.
"""
