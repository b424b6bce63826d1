"""The stores in this process alone: the same answers as Redis, without Redis. For tests only."""
