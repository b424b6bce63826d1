"""How long a step of `ingest-site` may take, and how often it is tried."""

from __future__ import annotations

from genisys import Retry

LONGEST_STEP_S = 300.0
POLITE = Retry(attempts=3, base=1.0, cap=20.0)
