"""`python -m benchmarks.streams`."""

import sys

from .command import main

sys.exit(main())
