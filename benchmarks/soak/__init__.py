"""`python -m benchmarks.soak`: the whole product under mixed load for an hour or less, with kills, deploys
and restarts of Redis, and whether anything grows meanwhile. How fast things are is the other benchmarks' matter."""
