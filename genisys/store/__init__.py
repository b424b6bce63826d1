"""Runs in Redis: their hashes, streams and due lists, leases, results across runs, deployments and owners' queues.

`protocol.RunStore` is what an attempt needs of it; `genisys.testing` has an implementation in memory. The engine, the
fleet and the hub call it; the code of workflows never does.
"""
