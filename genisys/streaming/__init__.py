"""The hub: one reader of Redis for all who watch runs in a process.

Yields frames to any number of viewers. How they are sent (sockets, SSE, NDJSON) is left to whoever serves them.
"""
