"""The app of the runs' record."""

from importlib import import_module

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "runs"
    verbose_name = "Runs"

    def import_models(self) -> None:
        """Load the tables of webhooks too: Django looks into `models` alone, which knows no room above it."""
        super().import_models()
        import_module("runs.webhooks.models")

    def ready(self) -> None:
        # Register the checks and the admin's pages; at the top of this file they would need models not yet loaded.
        import_module("runs.staff.checks")
        import_module("runs.staff.admin")
