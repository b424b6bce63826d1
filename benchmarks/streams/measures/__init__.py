"""The measures of `benchmarks.streams`, one a module: each sets a stage, lets viewers watch, and returns what was
found and what went wrong. The command of `benchmarks.streams` calls them."""
