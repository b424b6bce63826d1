"""Benchmarks of the library against their targets. `python -m benchmarks.engine`; see benchmarks/README.md."""
