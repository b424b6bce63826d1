"""What everything else stands on: the clock, durations, the codec, ids, types of secrets, the registry, kept bytes.

Leaves Redis and runs to others: nothing here can reach the network. Any room may call it.
"""
