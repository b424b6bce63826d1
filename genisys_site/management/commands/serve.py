"""`manage.py serve`: the pages, the API and the sockets."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from genisys_site.configuration.refusal import CannotStart
from genisys_site.launching.ports import LOOPBACK


class Command(BaseCommand):
    help = "Serves the pages, the API and the sockets until SIGTERM; then lets its visitors go in order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT, else 8000")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        if not _static_files_are_there():
            self.stderr.write("The static files are not collected. Run `manage.py collectstatic --noinput` first.")
            sys.exit(2)
        # Imported here: it installs Twisted's reactor, which no other command should pay for.
        from genisys_site.serving.server import WebServer

        from genisys_site.asgi import application  # isort: skip

        _keep_sqlite_open()
        shown = f"[{host}]" if ":" in host else host
        server = WebServer(
            application,
            host=host,
            port=port,
            on_listen=lambda: self.stdout.write(f"Listening on http://{shown}:{port}/"),
        )
        try:
            server.serve()
        except CannotStart as exc:
            self.stderr.write(str(exc))
            sys.exit(2)


def _keep_sqlite_open() -> None:
    """Hold one connection to a SQLite database for the life of the process.

    The last connection that closes has SQLite write its log back and sync the disk: here after every look-up.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()


def _static_files_are_there() -> bool:
    """A named deployment reads hashed names from a manifest, without which every page would fail."""
    storage: object = staticfiles_storage
    return not isinstance(storage, ManifestFilesMixin) or storage.read_manifest() is not None
