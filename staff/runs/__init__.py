"""The list of all runs: its page and rows, its form, its failures by cause, its export, its saved views.

Which runs are meant is for `narrowing`, what is done to them for `bulk`, one run for `trace`.
"""
