"""Makes the project an app, so that it can hold the commands `up`, `serve` and `worker`."""

import gc
from importlib import import_module

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "genisys_site"
    verbose_name = "Genisys"

    def ready(self) -> None:
        """Register every workflow in every process: the API lists them, workers run them."""
        import_module("genisys_site.workflows")
        # What was imported stays until the end, so no collection needs to look at it again.
        gc.freeze()
        gc.enable()
