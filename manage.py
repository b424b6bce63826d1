#!/usr/bin/env python
"""Entry of every command. A wrong setting ends it with one sentence instead of a traceback."""

import gc
import os
import sys

from genisys_site.launching import heap


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
    # Nothing that the imports make is ever garbage, and looking it over for some takes a quarter of the time to start.
    # `SiteConfig.ready` turns the collector on again.
    gc.disable()
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as exc:
        sys.exit(f"Django is not installed in this Python ({sys.executable}): {exc}. Run `make install` first.")
    heap.share_one()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as exc:
        print(f"{sys.argv[0]}: {exc}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
