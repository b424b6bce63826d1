"""The app of the runs' record."""

from importlib import import_module

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "runs"
    verbose_name = "Runs"

    def ready(self) -> None:
        # Registers the checks; at the top of this file it would need models before they are loaded.
        import_module("runs.checks")
