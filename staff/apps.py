"""The app of the staff's dashboard."""

from importlib import import_module

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """The pages under `/staff/`."""

    name = "staff"
    verbose_name = "Staff"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Load the tables that rooms have to themselves: Django looks into `models` alone."""
        super().import_models()
        import_module("staff.alerts.models")
        import_module("staff.money.models")

    def ready(self) -> None:
        """Follow the ends of runs and the control plane's clock, and have control do what was asked of many runs."""
        from django.conf import settings

        from runs.record.signals import clock_ticked, run_finished, turn_given
        from staff.alerts.tick import tick  # models cannot be imported before
        from staff.bulk import doing
        from staff.money import days, ledger

        clock_ticked.connect(tick, dispatch_uid="staff.alerts")
        run_finished.connect(ledger.run_ended, dispatch_uid="staff.money")
        clock_ticked.connect(ledger.catch_up, dispatch_uid="staff.money")
        turn_given.connect(doing.do_a_piece, dispatch_uid="staff.bulk")
        clock_ticked.connect(days.once_a_day.tick, dispatch_uid="staff.money.days")
        if settings.GENISYS_TRACES:
            traces = import_module("staff.machines.traces")  # by packages that few installations have
            run_finished.connect(traces.run_ended, dispatch_uid="staff.traces")
        if settings.GENISYS_POD_COSTS:
            pods = import_module("staff.machines.pods")  # with a client that few installations need
            clock_ticked.connect(pods.tick, dispatch_uid="staff.pods")
