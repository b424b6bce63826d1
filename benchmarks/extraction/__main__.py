"""`python -m benchmarks.extraction`."""

import sys

from .command import main

sys.exit(main())
