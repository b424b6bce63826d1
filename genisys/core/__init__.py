"""What everything else is built on: the clock, durations, the codec, ids, secret types, the registry, stored bytes.

Knows nothing of Redis and runs: nothing here can reach the network. Any room may call it.
"""
