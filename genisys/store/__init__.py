"""Runs in Redis: their hashes, streams and due lists, leases, results across runs, deployments and owners' queues.

`protocol.RunStore` is what an attempt needs of it, and has an implementation in memory under `genisys.testing`. The
engine, the fleet and the hub call it; code of workflows never does.
"""
