"""`python -m benchmarks.examples`."""

from .command import main

main()
