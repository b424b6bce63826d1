"""The app of the staff's dashboard."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """The pages under `/staff/`."""

    name = "staff"
    verbose_name = "Staff"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Load the tables of the rooms: Django looks into `models` alone."""
        super().import_models()
        import_module("staff.alerts.models")
        import_module("staff.money.models")

    def ready(self) -> None:
        """Follow the ends of runs and the control plane's clock."""
        from runs.record.signals import clock_ticked, run_finished
        from staff.alerts.tick import tick  # models cannot be imported before
        from staff.money import days, ledger

        clock_ticked.connect(tick, dispatch_uid="staff.alerts")
        run_finished.connect(ledger.run_ended, dispatch_uid="staff.money")
        clock_ticked.connect(ledger.catch_up, dispatch_uid="staff.money")
        clock_ticked.connect(days.once_a_day.tick, dispatch_uid="staff.money.days")
