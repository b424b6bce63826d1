"""Runs while they happen: sockets, server-sent events, waiting for an end, and how many may watch.

Follows runs through this process's hub, and holds no database connection while it waits. Leaves who may see a run to
`runs.access`. Called by the API, and by the site, which mounts the socket and drains it all.
"""
