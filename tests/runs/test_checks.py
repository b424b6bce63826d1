"""The system checks of the Redis that holds runs in flight."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from runs.staff.checks import redis_keeps_runs


def test_a_redis_that_keeps_everything_is_fine(redis_url):
    assert redis_keeps_runs() == []


@pytest.mark.parametrize(
    ("name", "value", "default", "finding"),
    [
        ("maxmemory-policy", "allkeys-lru", "noeviction", "runs.W001"),
        ("appendonly", "no", "yes", "runs.W002"),
    ],
)
def test_a_redis_that_may_lose_runs_is_warned_of_with_a_hint(redis_url, redis_server, name, value, default, finding):
    with redis_server.client() as client:
        client.config_set(name, value)
        try:
            (warning,) = redis_keeps_runs()
        finally:
            client.config_set(name, default)
    assert warning.id == finding
    assert name in warning.hint


def test_a_redis_that_does_not_answer_fails_no_check(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert redis_keeps_runs() == []


def test_the_check_is_among_those_that_django_runs(redis_url, redis_server):
    with redis_server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            found = {message.id for message in run_checks()}
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert "runs.W001" in found
