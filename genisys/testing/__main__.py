"""`python -m genisys.testing --port 9000`: the scripted provider, for other processes."""

import sys

from .provider import main

sys.exit(main())
