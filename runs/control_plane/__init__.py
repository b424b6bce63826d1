"""The control plane: watches leases, makes the record follow the logs, starts what could not be, forgets what is old.

One process of it is enough, any number may run. Leaves webhooks and mail to their own rooms and only drives their
sending. Called by `manage.py control`, and by staff who try again what was set aside; no request goes through it.
"""
