"""Which pages may open a socket: those of this very origin.

A browser sends its cookies along with a handshake from any page, and asks nobody first. The origin has to be the host
that was asked, with its port, and a host of ours: another program's page on another port of this machine is a stranger,
and so is a name that somebody has pointed here.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

_PORTS = {"http": ":80", "https": ":443"}


class SameOrigin:
    """Lets handshakes from our own pages through to the ASGI application, and answers all others with 403."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._denier = WebsocketDenier.as_asgi()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin1") for name, value in scope["headers"]}
        ours = same_origin(headers.get(b"origin", ""), headers.get(b"host", ""))
        return await (self._application if ours else self._denier)(scope, receive, send)


def same_origin(origin: str, host: str) -> bool:
    """Say whether the page at `origin` is one of ours, where `host` was asked."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = {"https"} if settings.SECURE_SSL_REDIRECT else {"http", "https"}
    if parts.scheme not in schemes or origin.lower() != f"{parts.scheme}://{parts.netloc}".lower():
        return False
    default = _PORTS[parts.scheme]
    host = host.lower()
    if parts.netloc.lower().removesuffix(default) != host.removesuffix(default):
        return False
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
