"""`python -m benchmarks.walls`."""

import sys

from .command import main

sys.exit(main())
