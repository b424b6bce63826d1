"""The app of the staff's dashboard."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """The pages under `/staff/`."""

    name = "staff"
    verbose_name = "Staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have control do what was asked of many runs."""
        from runs.record.signals import turn_given
        from staff.bulk import doing

        turn_given.connect(doing.do_a_piece, dispatch_uid="staff.bulk")
