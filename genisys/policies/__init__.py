"""What surrounds a component's body: retry, time limits, heartbeat, cache, concurrency, fallback.

Each is a `Policy` and knows the open step, not the component. Components call them by rank and know none of them.
"""
