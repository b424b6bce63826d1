"""`python -m benchmarks.ingestion`."""

import sys

from .command import main

sys.exit(main())
