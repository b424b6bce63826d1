"""Following real runs of the real product, over its REST API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from genisys import Engine, FollowRefused, canonical, fold, follow
from genisys._records import Batch
from runs.control import FINISHED_KEEP_S  # noqa: F401

PREPARE = """
import json
from django.contrib.auth import get_user_model
from runs.models import ApiToken
from runs.tokens import issue

user = get_user_model().objects.create_user({name!r}, {name!r} + "@example.org", "a password")
print(json.dumps({{scope: issue(user, name="test", scopes=list(scopes))[1]
                  for scope, scopes in (("all", ApiToken.SCOPES), ("start", ["start"]))}}))
"""
