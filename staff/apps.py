"""The app of the staff's dashboard."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """The pages under `/staff/`."""

    name = "staff"
    verbose_name = "Staff"
    default_auto_field = "django.db.models.BigAutoField"
