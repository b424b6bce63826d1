"""The measures of `benchmarks.engine`, one a module: each sets a stage, has workers run something, and returns figures.
The command of `benchmarks.engine` calls them; what they compare with is in `rivals`."""
