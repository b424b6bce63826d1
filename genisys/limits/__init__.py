"""How many may do something at once, and how often: providers' gates, slots, and counters of requests.

Shared by all workers through Redis, with the same answers in one process for tests and for calls outside a run.
"""
