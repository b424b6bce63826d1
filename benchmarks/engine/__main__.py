"""`python -m benchmarks.engine`."""

import sys

from .command import main

sys.exit(main())
