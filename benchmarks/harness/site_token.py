"""Somebody who may call the site: `python -m benchmarks.harness.site_token` makes a user and prints their API token."""

from __future__ import annotations

import os

import django


def make() -> str:
    from django.contrib.auth import get_user_model

    from runs.accounts import tokens

    user = get_user_model()._default_manager.create(username="bench")
    return tokens.issue(user, name="bench", scopes=["read", "start"])[1]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
    django.setup()
    print(make())
