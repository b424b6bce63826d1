"""What hides a run's secrets: the redactor, and the run's secrets as its journal keeps them.

A run shows that no secret comes through (test_secrets); how texts are cut and keys turned is shown by value.
"""

from __future__ import annotations

# As said above: a run would show one cut of one text.
from genisys.secrets.redactor import DOTS, Redactor
from genisys.secrets.run_secrets import RunSecrets  # as above

__all__ = ["DOTS", "Redactor", "RunSecrets"]
