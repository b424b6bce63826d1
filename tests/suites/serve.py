"""`python -m tests.suites.serve echo|streams --port N`: one of the applications for public suites, under our server."""

from __future__ import annotations

import argparse
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")

import django

django.setup()

from genisys_site.serving.server import WebServer  # noqa: E402
from tests.suites.echo import echo  # noqa: E402
from tests.suites.streams import Streams  # noqa: E402

MESSAGE_BYTES = 2**20
"""The suites send larger messages than the product takes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("application", choices=("echo", "streams"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--redis", default="")
    given = parser.parse_args()
    application: Any = echo if given.application == "echo" else Streams(given.redis)
    WebServer(
        application,
        host="127.0.0.1",
        port=given.port,
        on_listen=lambda: print(f"Listening on {given.port}", flush=True),
        message_bytes=MESSAGE_BYTES,
    ).serve()


if __name__ == "__main__":
    main()
