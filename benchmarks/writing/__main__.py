"""`python -m benchmarks.writing`."""

from .command import main

main()
