"""The doors of the API. Each counts who comes through: the callers of `runs.accounts.tokens`, so many a minute.

The answers say how many requests are left, in the fields of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy`
and `RateLimit`, as structured fields (RFC 9651).
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from genisys.host import STORE_ERRORS
from runs.accounts import tokens
from runs.accounts.tokens import Caller
from runs.engines import engine
from runs.problems import Problem

WINDOW_S = 60
ANSWER_WITHIN_S = 1.0
POLICY = "requests"
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"

VIOLATED: dict[str, Any] = {"violated-policies": [POLICY]}

log = structlog.get_logger("runs.api")


class BearerToken(tokens.BearerToken):
    """An API token, as `Authorization: Bearer gen_…`."""

    async def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        return await _counted(request, await super().authenticate(request, token))


class SignedIn(tokens.SignedIn):
    """The session of a page of ours."""

    def __call__(self, request: HttpRequest) -> object:
        # The check against forgery looks into a form, after which its body could not be read any more.
        request.body  # noqa: B018
        return super().__call__(request)

    async def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        return await _counted(request, await super().authenticate(request, key))


async def _counted(request: HttpRequest, caller: Caller | None) -> Caller | None:
    """Count the request of somebody who was let in. Raises a 429 problem. While Redis is away, all may come."""
    most = settings.GENISYS_API_REQUESTS_PER_MINUTE
    if caller is None or not most:
        return caller
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            count = await engine().store.rates.count(_name_of(caller), WINDOW_S * 1000)
    except (*STORE_ERRORS, TimeoutError) as error:
        log.info("api.not_counted", error=str(error))
        return caller
    seconds = max(1, math.ceil(count.left_ms / 1000))
    fields = {
        "RateLimit-Policy": f'"{POLICY}";q={most};w={WINDOW_S}',
        "RateLimit": f'"{POLICY}";r={max(0, most - count.requests)};t={seconds}',
    }
    request.rate_fields = fields  # type: ignore[attr-defined]
    if count.requests > most:
        raise Problem(
            429,
            f"You may send {most} requests a minute here. Go on in {seconds} s.",
            headers={"Retry-After": str(seconds)},
            type=QUOTA_EXCEEDED,
            **VIOLATED,
        )
    return caller


def add_rate_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Say in the answer how many requests are left, where they are counted."""
    for name, value in getattr(request, "rate_fields", {}).items():
        response.headers[name] = value


def _name_of(caller: Caller) -> str:
    """Name the token or the session; a session's key is a secret, so not itself."""
    if caller.token_id is not None:
        return f"token {caller.token_id}"
    return f"session {hashlib.sha256(caller.session_key.encode()).hexdigest()}"
