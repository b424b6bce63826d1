"""For whom a command of the products acts: the person named, else the one who runs this installation."""

from argparse import ArgumentParser

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import CommandError


def add_user_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--user", metavar="EMAIL", default="", help="whose work this is; by default the first administrator's"
    )


def person(email: str) -> AbstractBaseUser:
    """Return the active user of that address; without one the first administrator, else the only user there is.

    Raises CommandError where there is none, or several and no administrator.
    """
    active = get_user_model()._default_manager.filter(is_active=True).order_by("pk")
    if email:
        found = active.filter(email__iexact=email).first()
        if found is None:
            raise CommandError(f"Nobody has signed up as {email}.")
        return found
    administrator = active.filter(is_superuser=True).first()
    if administrator is not None:
        return administrator
    everyone = list(active[:2])
    if len(everyone) == 1:
        return everyone[0]
    if everyone:
        raise CommandError("Several people use this installation. Say whose work this is: --user EMAIL.")
    raise CommandError("Nobody has signed up yet. Start `manage.py up` once, or make a user with `createsuperuser`.")
