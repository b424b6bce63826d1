"""`python -m benchmarks.limits`."""

import sys

from .command import main

sys.exit(main())
