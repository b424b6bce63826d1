"""What surrounds a component's body: retry, time limits, heartbeat, cache, concurrency, fallback.

Each is a `Policy` and knows the open step, not the component. The core calls them by rank and knows none of them.
"""
