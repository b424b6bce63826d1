"""`python -m benchmarks.retrieval`."""

from .command import main

main()
