"""`manage.py token EMAIL`: makes a token for the API and shows it once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from runs.accounts import tokens
from runs.models import ApiToken


class Command(BaseCommand):
    help = "Makes a token for the API and shows it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="whose runs the token opens")
        parser.add_argument("--name", default="command line", help="what the owner will know it by")
        parser.add_argument(
            "--scope",
            action="append",
            choices=ApiToken.SCOPES,
            help="what it may do; may be given again. All of them by default",
        )
        parser.add_argument(
            "--workflow", action="append", default=[], help="the only one it opens; may be given again. All by default"
        )
        parser.add_argument("--days", type=int, default=None, help="how long it lives; without end by default")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody has signed up as {options['email']}.")
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days must be 1 or more.")
        try:
            _, secret = tokens.issue(
                user,
                name=options["name"],
                scopes=options["scope"] or list(ApiToken.SCOPES),
                workflows=options["workflow"],
                expires_at=None if days is None else timezone.now() + timedelta(days=days),
            )
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stderr.write("Keep it now: it is not shown again.")
        self.stdout.write(secret)
