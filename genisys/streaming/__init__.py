"""The hub: one reader of Redis for all who watch runs in a process.

Gives frames to any number of viewers. How they go out (sockets, SSE, NDJSON) is for whoever serves them.
"""
