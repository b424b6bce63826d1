"""`python -m genisys.testing --port 9000`: the scripted provider, for other processes."""

import sys

from .provider.command import main

sys.exit(main())
