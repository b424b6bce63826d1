"""Serving pages, API and sockets: our Daphne, and what any ASGI server needs to begin and end in order.

Leaves what is served to Django and `runs`. `genisys_site.asgi` and `manage.py serve` call it; `/readyz` asks it whether
the process is on its way out.
"""
