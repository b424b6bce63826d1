"""The control plane: watches leases, makes the record follow the logs, starts what could not be, forgets what is old.

One process of it is enough, any number may run. Tells of ends by webhooks and mail; answers no request.
"""
