"""The app of the runs' record."""

from importlib import import_module

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "runs"
    verbose_name = "Runs"

    def ready(self) -> None:
        # Register the checks and the admin's pages; at the top of this file they would need models not yet loaded.
        import_module("runs.staff.checks")
        import_module("runs.staff.admin")
