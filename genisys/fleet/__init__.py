"""The compute plane: workers, the processes they live in, their leases, the watch over runs, deployments, compaction.

Calls the engine and the execution; nothing but commands and `genisys.host` calls it.
"""
