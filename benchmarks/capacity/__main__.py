"""`python -m benchmarks.capacity`."""

import sys

from .command import main

sys.exit(main())
