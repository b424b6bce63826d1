"""Rows for the web process: `python -m benchmarks.harness.site_people`, {"runs": [ids], "staff": false} on its stdin.

Each run gets an owner of its own with a session, who is of the staff where that is asked; gives {run: cookie}.
"""

from __future__ import annotations

import json
import os
import sys

import django
from django.conf import settings


def make(runs: list[str], staff: bool) -> dict[str, str]:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    from runs.models import Run

    made = {}
    for run in runs:
        user = get_user_model()(username=run, is_staff=staff)
        user.set_unusable_password()
        user.save()
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        Run.objects.create(
            pk=run, workflow="bench-text", title="A text", owner=user, deployment="bench", input={}, status="running"
        )
        made[run] = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    return made


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
    django.setup()
    print(json.dumps(make(**json.load(sys.stdin))))
