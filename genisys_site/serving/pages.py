"""Django's handler of HTTP requests, on threads that are lent (`runs.live.resources`)."""

from __future__ import annotations

from typing import Any

from django.core.handlers.asgi import ASGIHandler

from runs.live.resources import LentThread


class Pages(ASGIHandler):
    """What `get_asgi_application` returns, but a request's thread and database connection are kept for the next."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Pages are served over HTTP, not over {scope['type']}.")
        async with LentThread():
            await self.handle(scope, receive, send)
