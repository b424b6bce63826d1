"""Benchmarks of the library against their targets, a room each: `python -m benchmarks.engine`; see its README.md."""
