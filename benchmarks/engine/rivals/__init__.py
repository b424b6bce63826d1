"""What the engine is held against: DBOS in a process of its own, and what bare Redis takes for the same writes.
Each only says how long it took. The measures of `benchmarks.engine` compare, and nobody else calls this room."""
