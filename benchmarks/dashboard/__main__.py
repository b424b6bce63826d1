"""`python -m benchmarks.dashboard`."""

from .command import main

main()
