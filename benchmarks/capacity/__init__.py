"""What an installation carries, and how that grows with the size: `python -m benchmarks.capacity`. Each measure returns
curves. How long a single step or start takes is `benchmarks.engine`."""
