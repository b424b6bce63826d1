"""`python -m tests.rights`: print the rows that the table lacks, with what each person is answered now."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.exit(
        pytest.main(
            ["-q", "-s", "-p", "no:cacheprovider", "--timeout", "600", str(Path(__file__).with_name("observe.py"))]
        )
    )
