"""`python -m benchmarks.claims`."""

from .command import main

main()
