"""`python -m benchmarks.simulation`."""

import sys

from .command import main

sys.exit(main())
