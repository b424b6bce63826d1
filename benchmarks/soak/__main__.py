"""`python -m benchmarks.soak`."""

import sys

from .command import main

sys.exit(main())
