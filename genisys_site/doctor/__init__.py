"""What `manage.py doctor` looks at: the whole installation, part by part, and what to do about what is wrong.

Leaves to `health` what a probe asks every few seconds. Changes nothing, and shows no secret. The command calls it.
"""
