"""What a person has beside runs: tokens for the API, and mail when a run ends.

Leaves signing in to allauth. API and sockets ask `tokens` who calls; the control plane has `notices` sent; the rest is
pages.
"""
